using System.Text;
using Microsoft.ML.Hydra.Cli.Input;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Input;

public sealed class CheckedTextTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(64)]
    public void Characters_of_every_length_pass_however_the_file_is_cut_into_blocks(int block)
    {
        const string Text = "a\u00E9\u20AC\U0001F600,\U0001F600\u20AC\u00E9b\r\n\u65E5\u672C\n";

        Assert.Equal(Text, Read(Encoding.UTF8.GetBytes(Text), block));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(64)]
    public void Every_kind_of_wrong_byte_is_found_at_its_place_however_the_file_is_cut_into_blocks(int block)
    {
        byte[][] wrong = [[0xE9], [0x80], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xFF]];
        foreach (byte[] bytes in wrong)
        {
            foreach (byte[] rest in new byte[][] { [], [(byte)'a', (byte)'\n'], [0xC3, 0xA9] })
            {
                byte[] file = [.. "ab\n\u20AC\nx"u8, .. bytes, .. rest];
                UserErrorException error = Assert.Throws<UserErrorException>(() => Read(file, block));

                Assert.Contains("Line 3 of the data file 'd.csv'", error.Message, StringComparison.Ordinal);
                Assert.Contains(FormattableString.Invariant($"0x{bytes[0]:X2} at offset 8,"), error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r")]
    [InlineData("\r\n")]
    public void The_length_of_a_line_starts_anew_at_every_kind_of_line_end(string lineEnd)
    {
        string line = new('x', CheckedText.LongestLine / 2);
        string text = string.Concat(Enumerable.Repeat(line + lineEnd, 5));

        Assert.Equal(text.Length, Read(Encoding.UTF8.GetBytes(text), 1 << 16).Length);
        Assert.Contains(
            "Line 6 ",
            Assert.Throws<UserErrorException>(() => Read(Encoding.UTF8.GetBytes(text + line + line + "x"), 1 << 16)).Message,
            StringComparison.Ordinal);
    }

    private static string Read(byte[] bytes, int block)
    {
        using Stream stream = TextOpener.Open(new Blocks(bytes, block), new TableName("d.csv", TableKind.Interactions), Encoding.UTF8);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return Encoding.UTF8.GetString(copy.ToArray());
    }

    /// <summary>Gives at most so many bytes at once.</summary>
    private sealed class Blocks(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(size, buffer.Length)]);

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(size, count));
    }
}
