using System.IO.Compression;
using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Cli.Input;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Input;

/// <summary>Separators, headers and encodings other than those of a plain csv.</summary>
public sealed class FileFormatTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly MLContext _mlContext = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("d.csv", "userId;itemId;timestamp\nu;a,b;2\n", ';', true)]
    [InlineData("d.csv", "userId|itemId|timestamp\nu|a,b|2\n", '|', true)]
    [InlineData("d.csv", "userId\titemId\ttimestamp\nu\ta,b\t2\n", '\t', true)]
    [InlineData("d.txt", "userId;itemId;timestamp\nu;a,b;2\n", ';', true)]
    [InlineData("d.tsv", "userId\titemId\ttimestamp\nu\ta,b\t2\n", '\t', false)]
    [InlineData("d.csv", "userId,\"a;b;c\",itemId,timestamp\nu,x,\"a,b\",2\n", ',', false)]
    public void The_separator_is_guessed_from_the_first_line_where_the_usual_one_is_not_in_it(string name, string text, char expected, bool isGuessed)
    {
        Interactions read = Read(name, text);

        Assert.Equal(["u|a,b"], Ids(read));
        Assert.Equal(expected, read.File.Separator);
        Assert.Equal(isGuessed, read.File.IsSeparatorGuessed);
    }

    [Fact]
    public void A_separator_that_is_given_allows_any_extension()
    {
        string path = _directory.Write("u.data", "196\t242\t3\t881250949\n186\t302\t3\t891717742\n");
        var format = new FileFormat('\t', HasHeader: false);

        Interactions read = InteractionReader.Read(_mlContext, TableFile.Open(path, format), new InteractionColumns(Timestamp: "4"));

        Assert.Equal(["196|242", "186|302"], Ids(read));
        Assert.Equal("column 4", read.TimestampColumn);
        Assert.Contains("--separator", Assert.Throws<UserErrorException>(() => TableFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_header_the_first_row_is_an_interaction_and_no_column_is_taken_for_the_time()
    {
        Interactions read = Read("d.csv", "u,a,5\nv,b,4\n", new FileFormat(HasHeader: false));

        Assert.Equal(["u|a", "v|b"], Ids(read));
        Assert.Null(read.TimestampColumn);
        read.Group(_mlContext, dropRepeats: false, out InteractionReport report);
        Assert.Contains("users ('column 1')", report.ToString(), StringComparison.Ordinal);
        Assert.Contains("Order: that of the rows", report.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("userId", "--user-column is 'userId'", "has 2 fields; expected a number from 1 to 2")]
    [InlineData("0", "--user-column is '0'")]
    [InlineData("3", "--user-column is '3'")]
    [InlineData("2", "--user-column and --item-column name the same column")]
    public void A_wrong_position_is_refused(string user, params string[] expected)
    {
        string path = _directory.Write("d.csv", "u,a\n");
        UserErrorException error = Assert.Throws<UserErrorException>(() => InteractionReader.Read(
            _mlContext, TableFile.Open(path, new FileFormat(HasHeader: false)), new InteractionColumns(User: user)));

        Assert.All(expected, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("comma", ',')]
    [InlineData("tab", '\t')]
    [InlineData("\\t", '\t')]
    [InlineData("pipe", '|')]
    [InlineData("semicolon", ';')]
    [InlineData("space", ' ')]
    [InlineData("^", '^')]
    [InlineData("::", null)]
    [InlineData("a", null)]
    [InlineData("\"", null)]
    public void A_separator_is_a_character_or_its_name(string text, char? expected) => Assert.Equal(expected, FileFormat.ParseSeparator(text));

    [Fact]
    public void Bytes_that_are_not_utf8_are_an_error_with_line_and_offset()
    {
        byte[] bytes = Encoding.Latin1.GetBytes("userId,itemId\nu,tea\nu,caf\u00E9\nu,caf\u00E8\n");
        UserErrorException error = Assert.Throws<UserErrorException>(() => Read("d.csv", bytes));

        Assert.Contains("Line 3 of the data file", error.Message, StringComparison.Ordinal);
        Assert.Contains("has the byte 0xE9 at offset 25, which is not UTF-8", error.Message, StringComparison.Ordinal);
        Assert.Contains("--encoding", error.Message, StringComparison.Ordinal);
        Assert.Equal(0xE9, bytes[25]);
    }

    [Theory]
    [InlineData("latin1")]
    [InlineData("windows-1252")]
    [InlineData("utf-16")]
    [InlineData("utf-8")]
    public void The_encoding_that_is_named_keeps_items_apart(string name)
    {
        Encoding encoding = FileFormat.ParseEncoding(name)!;
        byte[] bytes = encoding.GetBytes("userId,itemId\nu,caf\u00E9\nu,caf\u00E8\n");

        Interactions read = Read("d.csv", bytes, new FileFormat(Encoding: encoding));

        Assert.Equal(["u|caf\u00E9", "u|caf\u00E8"], Ids(read));
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("utf-32")]
    public void A_byte_order_mark_decides(string name)
    {
        Encoding encoding = Encoding.GetEncoding(name);
        byte[] bytes = [.. encoding.GetPreamble(), .. encoding.GetBytes("userId,itemId\nu,caf\u00E9\n")];

        Assert.Equal(["u|caf\u00E9"], Ids(Read("d.csv", bytes)));
        Assert.Equal(["u|caf\u00E9"], Ids(Read("d.csv", bytes, new FileFormat(Encoding: Encoding.Latin1))));
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("utf-32")]
    [InlineData("utf-32BE")]
    public void Wide_characters_without_a_byte_order_mark_name_the_encoding_that_reads_them(string name)
    {
        byte[] bytes = Encoding.GetEncoding(name).GetBytes("userId,itemId\nu,caf\u00E9\n");
        UserErrorException error = Assert.Throws<UserErrorException>(() => Read("d.csv", bytes));

        Assert.EndsWith($"give --encoding {name}.", error.Message, StringComparison.Ordinal);
        Assert.Equal(["u|caf\u00E9"], Ids(Read("d.csv", bytes, new FileFormat(Encoding: FileFormat.ParseEncoding(name)))));
    }

    [Fact]
    public void Zero_bytes_in_the_first_line_name_another_encoding()
    {
        byte[] bytes = Encoding.Unicode.GetBytes("\u65E5\u0431userId,itemId\nu,a\n")[2..];
        UserErrorException error = Assert.Throws<UserErrorException>(() => Read("d.csv", bytes));

        Assert.Contains("holds zero bytes", error.Message, StringComparison.Ordinal);
        Assert.Contains("--encoding, such as utf-16", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_compressed_file_under_the_name_of_a_text_is_an_error()
    {
        string gzip = _directory.WriteGzip("d.csv", "userId,itemId\nu,a\n");
        string zip = _directory.Write("z.csv", "PK\u0003\u0004rest");

        Assert.Contains(
            "is compressed with gzip, but its name does not end with .gz; rename it, such as to 'd.csv.gz'",
            Assert.Throws<UserErrorException>(() => TableFile.Open(gzip)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "is a zip archive or a spreadsheet", Assert.Throws<UserErrorException>(() => TableFile.Open(zip)).Message, StringComparison.Ordinal);
        File.Move(gzip, gzip + ".gz");
        Assert.Equal('\u002C', TableFile.Open(gzip + ".gz").Separator);
    }

    [Fact]
    public void Half_a_character_of_utf16_is_an_error()
    {
        byte[] bytes = [.. Encoding.Unicode.GetBytes("userId,itemId\nu,a"), 0x00, 0xD8, .. Encoding.Unicode.GetBytes("b\n")];
        UserErrorException error = Assert.Throws<UserErrorException>(
            () => Read("d.csv", bytes, new FileFormat(Encoding: FileFormat.ParseEncoding("utf-16"))));

        Assert.Contains("holds bytes that the encoding does not know", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("klingon")]
    [InlineData("utf-7")]
    [InlineData("")]
    public void An_encoding_that_is_unknown_or_refused_is_null(string name) => Assert.Null(FileFormat.ParseEncoding(name));

    [Theory]
    [InlineData("d.csv")]
    [InlineData("d.csv.gz")]
    public void An_endless_line_is_an_error_with_its_number_and_takes_little_memory(string name)
    {
        const int Megabytes = 256;
        string path = _directory.PathTo(name);
        using (Stream file = File.Create(path), stream = name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Fastest) : file)
        {
            stream.Write("userId,itemId\nu,a\nu,"u8);
            byte[] block = new byte[1 << 20];
            block.AsSpan().Fill((byte)'x');
            for (int i = 0; i < Megabytes; i++)
            {
                stream.Write(block);
            }
        }

        long before = GC.GetTotalAllocatedBytes();
        UserErrorException error = Assert.Throws<UserErrorException>(() => InteractionReader.Read(_mlContext, path, new InteractionColumns()));

        Assert.Contains("Line 3 of the data file", error.Message, StringComparison.Ordinal);
        Assert.Contains("longer than 1 MB", error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 64L << 20);
    }

    [Fact]
    public void A_line_of_half_a_megabyte_is_read()
    {
        string item = new('x', 1 << 19);

        Assert.Equal(["u|" + item, "u|b"], Ids(Read("d.csv", $"userId,itemId\nu,{item}\nu,b\n")));
    }

    private Interactions Read(string name, string text, FileFormat? format = null) => Read(name, Encoding.UTF8.GetBytes(text), format);

    private Interactions Read(string name, byte[] bytes, FileFormat? format = null)
    {
        string path = _directory.PathTo(name);
        File.WriteAllBytes(path, bytes);
        return InteractionReader.Read(_mlContext, TableFile.Open(path, format), new InteractionColumns());
    }

    private static string[] Ids(Interactions read) =>
        [.. read.View.GetColumn<string>(Interactions.User).Zip(read.View.GetColumn<string>(Interactions.Item), (user, item) => $"{user}|{item}")];
}
