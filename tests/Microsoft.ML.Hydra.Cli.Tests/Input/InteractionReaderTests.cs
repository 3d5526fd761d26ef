using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Cli.Input;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Input;

public sealed class InteractionReaderTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly MLContext _mlContext = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Csv_with_default_names_is_read_with_integer_times()
    {
        Interactions read = Read("d.csv", "userId,itemId,timestamp\nu1,a,3\nu1,b,-1\n");

        Assert.Equal("timestamp", read.TimestampColumn);
        Assert.Equal(["u1|a", "u1|b"], Ids(read));
        Assert.Equal([3L, -1L], Times<long>(read));
    }

    [Fact]
    public void Columns_are_found_by_name_in_any_order_and_any_case()
    {
        Interactions read = Read("d.tsv", "rating\tTimestamp\tITEMID\tuserid\n5\t10\tb\tu\n4\t11\tc\tu\n");

        Assert.Equal(["u|b", "u|c"], Ids(read));
        Assert.Equal([10L, 11L], Times<long>(read));
    }

    [Fact]
    public void An_exact_name_is_preferred_to_one_that_differs_in_case()
    {
        Interactions read = Read("d.csv", "USERID,userId,itemId\nwrong,right,a\n");

        Assert.Equal(["right|a"], Ids(read));
    }

    [Fact]
    public void Two_names_that_differ_only_in_case_are_an_error()
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Read("d.csv", "USERID,UserID,itemId\nx,y,a\n"));

        Assert.Contains("2 columns can be the user: 'USERID' (column 1) and 'UserID' (column 2)", error.Message, StringComparison.Ordinal);
        Assert.Contains("--user-column", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_column_names_can_be_given()
    {
        string path = _directory.Write("d.csv", "who,what,when\nu,a,2024-05-01\n");
        Interactions read = InteractionReader.Read(_mlContext, path, new InteractionColumns("who", "what", "when"));

        Assert.Equal(["u|a"], Ids(read));
        Assert.Equal([new DateTime(2024, 5, 1)], Times<DateTime>(read));
    }

    [Fact]
    public void Quotes_may_enclose_separators_quotes_line_ends_and_header_names()
    {
        Interactions read = Read(
            "d.csv", "\"userId\",\"note, free\",\"itemId\"\n\"Doe, Jane\",x,\"6\"\" nails\"\nu2,\"two\nlines\",\"a\nb\"\n");

        Assert.Equal(["Doe, Jane|6\" nails", "u2|a\nb"], Ids(read));
    }

    [Theory]
    [InlineData("d.txt", "userId\titemId\nu\ta,b\n", "u|a,b")]
    [InlineData("d.txt", "userId,itemId\nu,a b\n", "u|a b")]
    [InlineData("D.CSV", "userId,itemId\r\nu,a\r\n", "u|a")]
    [InlineData("bom.csv", "\uFEFFuserId,itemId\nu,é\n", "u|é")]
    [InlineData("a+b*.csv", "userId,itemId\nu,a\n", "u|a")]
    public void Extensions_line_ends_a_byte_order_mark_and_odd_file_names_are_read(string name, string text, string expected) =>
        Assert.Equal([expected], Ids(Read(name, text)));

    [Fact]
    public void Gzip_can_be_read_repeatedly_and_leaves_no_temporary_file()
    {
        string path = _directory.WriteGzip("d.csv.gz", "userId,itemId,timestamp\nu,a,1\nu,b,2\n");
        Interactions read = InteractionReader.Read(_mlContext, path, new InteractionColumns());

        Assert.Equal(["u|a", "u|b"], Ids(read));
        Assert.Equal(["u|a", "u|b"], Ids(read));
        Assert.Equal(["d.csv.gz"], _directory.FileNames());
    }

    [Fact]
    public void Missing_default_time_column_means_the_order_of_the_file()
    {
        Interactions read = Read("d.csv", "userId,itemId\nu,a\n");

        Assert.Null(read.TimestampColumn);
        Assert.Null(read.View.Schema.GetColumnOrNull(Interactions.Timestamp));
    }

    [Fact]
    public void Ids_that_look_like_numbers_stay_text()
    {
        Interactions read = Read("d.csv", "userId,itemId\n007,1.50\n");

        Assert.Equal(["007|1.50"], Ids(read));
    }

    [Fact]
    public void One_fraction_makes_all_times_floating()
    {
        Interactions read = Read("d.csv", "userId,itemId,timestamp\nu,a,1\nu,b,2.5\nu,c,1e3\n");

        Assert.Equal([1.0, 2.5, 1000.0], Times<double>(read));
    }

    [Fact]
    public void Iso_dates_are_read_as_utc()
    {
        Interactions read = Read(
            "d.csv", "userId,itemId,timestamp\nu,a,2024-01-02\nu,b,2024-01-02T03:04:05Z\nu,c,2024-01-02 03:04:05.25\nu,d,2024-01-02T03:04:05+02:00\n");

        Assert.Equal(
            [
                new DateTime(2024, 1, 2),
                new DateTime(2024, 1, 2, 3, 4, 5),
                new DateTime(2024, 1, 2, 3, 4, 5, 250),
                new DateTime(2024, 1, 2, 1, 4, 5),
            ],
            Times<DateTime>(read));
    }

    [Theory]
    [InlineData("userId,itemId,timestamp\nu,a,1\nu,b,soon\n", "Row 2 ", "'soon'", "'timestamp'", "a finite number as in the rows before")]
    [InlineData("userId,itemId,timestamp\nu,a,2024-01-01\nu,b,2024-01-01\nu,b,17\n", "Row 3 ", "'17'", "'timestamp'", "an ISO 8601 date as in the rows before")]
    [InlineData("userId,itemId,timestamp\nu,a,NaN\n", "Row 1 ", "'NaN'", "'timestamp'; expected an integer, a finite number or an ISO 8601 date")]
    [InlineData("userId,itemId,timestamp\nu,a,1\nu,a,-Infinity\n", "Row 2 ", "'-Infinity'", "'timestamp'; expected a finite number as in the rows before")]
    [InlineData("userId,itemId,timestamp\nu,a,1\nu,a,1e400\n", "Row 2 ", "'1e400'", "'timestamp', which is too large; expected a finite number as in the rows before")]
    public void Bad_time_names_the_row_the_text_and_what_is_expected(string text, params string[] parts)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Read("d.csv", text));

        Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Missing_column_lists_those_found()
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Read("d.csv", "who,itemId,\"a,b\"\nu,a,1\n"));

        Assert.Contains("no column 'userId'; its header, split at comma, has 'who', 'itemId', 'a,b'; name the right one with --user-column", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_time_column_that_is_named_must_exist()
    {
        string path = _directory.Write("d.csv", "userId,itemId\nu,a\n");
        UserErrorException error = Assert.Throws<UserErrorException>(
            () => InteractionReader.Read(_mlContext, path, new InteractionColumns(Timestamp: "when")));

        Assert.Contains("no column 'when'", error.Message, StringComparison.Ordinal);
        Assert.Contains("--timestamp-column", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("d.csv", "", "is empty")]
    [InlineData("d.csv", "\n \n", "is empty")]
    [InlineData("d.csv", "userId,itemId\n", "has a header and no rows")]
    [InlineData("d.csv", "userId,itemId\nu,\n,a\n", "No row")]
    [InlineData("d.csv", "userId,itemId,timestamp\nu,a,\nu,b\n", "has both a user and an item, and a time in the column 'timestamp'")]
    [InlineData("d.xlsx", "userId,itemId\nu,a\n", "unknown extension; expected .csv, .tsv or .txt")]
    [InlineData("d.csv.gz", "userId,itemId\nu,a\n", "is not an intact gzip file")]
    [InlineData("d.csv", "userId,itemId\nu,\"a\n", "never closed")]
    public void An_unusable_file_is_one_clear_sentence(string name, string text, string expected)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Read(name, text));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_columns_of_one_name_are_told_apart_by_position()
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Read("d.csv", "userId,itemId,x,itemId\nu,a,1,b\n"));

        Assert.Contains("choose one by its position with --item-column, such as --item-column 2.", error.Message, StringComparison.Ordinal);
        Assert.Equal(
            ["u|a"], Ids(InteractionReader.Read(_mlContext, _directory.PathTo("d.csv"), new InteractionColumns(Item: "2"))));
    }

    [Theory]
    [InlineData("directory.csv", "is a directory")]
    [InlineData("-", "standard input cannot be read as data")]
    public void A_directory_and_standard_input_are_refused(string name, string expected)
    {
        string path = name == "-" ? name : Directory.CreateDirectory(_directory.PathTo(name)).FullName;
        UserErrorException error = Assert.Throws<UserErrorException>(() => TableFile.Open(path));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_pipe_is_refused_and_not_waited_for()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "The kind of a file is read on Linux.");
        string path = _directory.PathTo("in.csv");
        using (System.Diagnostics.Process process = System.Diagnostics.Process.Start("mkfifo", [path]))
        {
            process.WaitForExit();
            Skip.If(process.ExitCode != 0, "The file system has no pipes.");
        }

        UserErrorException error = Assert.Throws<UserErrorException>(() => TableFile.Open(path));

        Assert.Contains("is a pipe or a device, but the data is read more than once; write it to a file first", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_file_is_named()
    {
        UserErrorException error = Assert.Throws<UserErrorException>(
            () => InteractionReader.Read(_mlContext, "nowhere.csv", new InteractionColumns()));

        Assert.Equal("The data file 'nowhere.csv' does not exist.", error.Message);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.9)]
    [InlineData(0.999)]
    public void Truncated_gzip_is_an_error_and_not_a_shorter_file(double share)
    {
        string rows = string.Concat(Enumerable.Range(0, 20_000).Select(i => FormattableString.Invariant($"u{i % 977},i{i * 7919 % 5003},{i}\n")));
        string path = _directory.WriteGzip("d.csv.gz", "userId,itemId,timestamp\n" + rows);
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(int)(bytes.Length * share)]);

        UserErrorException error = Assert.Throws<UserErrorException>(
            () => InteractionReader.Read(_mlContext, path, new InteractionColumns()));

        Assert.Contains("d.csv.gz' is not an intact gzip file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_gzip_is_an_error()
    {
        string rows = string.Concat(Enumerable.Range(0, 20_000).Select(i => FormattableString.Invariant($"u{i % 977},i{i * 7919 % 5003},{i}\n")));
        string path = _directory.WriteGzip("d.csv.gz", "userId,itemId,timestamp\n" + rows);
        byte[] bytes = File.ReadAllBytes(path);
        bytes.AsSpan(bytes.Length / 2, 64).Fill(0xFF);
        File.WriteAllBytes(path, bytes);

        UserErrorException error = Assert.Throws<UserErrorException>(
            () => InteractionReader.Read(_mlContext, path, new InteractionColumns()));

        Assert.Contains("d.csv.gz", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_without_user_or_item_or_with_broken_quotes_are_counted()
    {
        Interactions read = Read("d.csv", "userId,itemId\nu,a\n,b\nu\nu,\"x\"y\nu,c\n");

        Assert.Equal((1, 2, 0), (read.Check.WithoutUser, read.Check.WithoutItem, read.Check.WithoutTime));
    }

    [Fact]
    public void Reading_stops_when_cancelled()
    {
        string path = _directory.Write("d.csv", "userId,itemId\nu,a\n");

        Assert.ThrowsAny<OperationCanceledException>(
            () => InteractionReader.Read(_mlContext, path, new InteractionColumns(), new CancellationToken(canceled: true)));
    }

    private Interactions Read(string name, string text) =>
        InteractionReader.Read(_mlContext, _directory.Write(name, text), new InteractionColumns());

    private static string[] Ids(Interactions interactions) =>
    [
        .. Column<ReadOnlyMemory<char>>(interactions, Interactions.User)
            .Zip(Column<ReadOnlyMemory<char>>(interactions, Interactions.Item), (user, item) => $"{user}|{item}"),
    ];

    private static IEnumerable<T> Times<T>(Interactions interactions) => Column<T>(interactions, Interactions.Timestamp);

    private static List<T> Column<T>(Interactions interactions, string name)
    {
        DataViewSchema.Column column = interactions.View.Schema[name];
        using DataViewRowCursor cursor = interactions.View.GetRowCursor([column]);
        ValueGetter<T> read = cursor.GetGetter<T>(column);
        var values = new List<T>();
        T value = default!;
        while (cursor.MoveNext())
        {
            read(ref value);
            values.Add(value);
        }

        return values;
    }
}
