using System.IO.Compression;
using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Cli.Input;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Input;

public sealed class GzipTextTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void All_members_are_read_and_zeros_may_fill_up_the_file()
    {
        byte[] named = Gzip("u,c\n");
        named[3] = 0x1E;
        byte[] header = [.. named[..10], 3, 0, 1, 2, 3, .. "name\0comment\0"u8, 7, 7, .. named[10..]];

        Assert.Equal(["a", "b", "c"], Items([.. Gzip("userId,itemId\nu,a\n"), .. Gzip(string.Empty), .. Gzip("u,b\n"), .. header]));
        Assert.Equal(["a"], Items([.. Gzip("userId,itemId\nu,a\n"), .. new byte[70_000]]));
    }

    [Fact]
    public void A_file_that_goes_on_after_its_compressed_data_is_an_error()
    {
        byte[] first = Gzip("userId,itemId\nu,a\n"), second = Gzip("u,b\n");
        byte[] wrongMark = [0x1E, .. second[1..]], wrongMethod = [.. second[..2], 7, .. second[3..]];
        foreach (byte[] rest in new byte[][] { wrongMark, wrongMethod, [.. "u,b\n"u8], [0, 0, 1], [0x1F] })
        {
            UserErrorException error = Assert.Throws<UserErrorException>(() => Items([.. first, .. rest]));

            Assert.Contains(FormattableString.Invariant($"goes on after its compressed data, at byte {first.Length},"), error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_that_ends_anywhere_too_early_or_has_a_wrong_footer_is_cut_short_or_damaged()
    {
        byte[] bytes = Gzip("userId,itemId\nu,a\nu,b\nv,a\n");
        IEnumerable<byte[]> wrong = Enumerable.Range(4, bytes.Length - 4).Select(length => bytes[..length])
            .Concat(Enumerable.Range(1, 8).Select(place => Flipped(bytes, bytes.Length - place)));
        foreach (byte[] file in wrong)
        {
            UserErrorException error = Assert.Throws<UserErrorException>(() => Items(file));

            Assert.Contains("the compressed file is cut short or damaged", error.Message, StringComparison.Ordinal);
        }
    }

    private static byte[] Flipped(byte[] bytes, int place)
    {
        byte[] flipped = [.. bytes];
        flipped[place] ^= 0x10;
        return flipped;
    }

    private static byte[] Gzip(string text)
    {
        using var bytes = new MemoryStream();
        using (var stream = new GZipStream(bytes, CompressionLevel.Fastest))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
            stream.Flush();
        }

        return bytes.ToArray();
    }

    private string[] Items(byte[] bytes)
    {
        string path = _directory.PathTo("d.csv.gz");
        File.WriteAllBytes(path, bytes);
        return [.. InteractionReader.Read(new MLContext(), path, new InteractionColumns()).View.GetColumn<string>(Interactions.Item)];
    }
}
