using System.Data;
using System.Globalization;
using System.IO.Compression;
using Microsoft.Data.Analysis;
using Microsoft.Data.Sqlite;
using Microsoft.ML.Data;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Sequences;

/// <summary>The same five events through every source of ML.NET give the same sequences.</summary>
public sealed class GroupingSourcesTests : IDisposable
{
    private const string Csv = "userId,itemId,timestamp\nu1,30,3\nu2,10,1\nu1,20,2\nu1,10,4\nu2,20,1\n";
    private readonly MLContext _ml = new(1);
    private readonly string _folder = Directory.CreateTempSubdirectory("grouping").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_csv_file()
    {
        string path = Path.Combine(_folder, "events.csv");
        File.WriteAllText(path, Csv);

        AssertGrouped(CreateLoader(DataKind.Int64).Load(path), time => (long)time);
    }

    [Fact]
    public void A_csv_gz_file_decompressed_as_it_streams()
    {
        string path = Path.Combine(_folder, "events.csv.gz");
        using (var writer = new StreamWriter(new GZipStream(File.Create(path), CompressionLevel.Fastest)))
        {
            writer.Write(Csv);
        }

        AssertGrouped(CreateLoader(DataKind.Single).Load(new GZipSource(path)), time => (double)time);
    }

    [Fact]
    public void A_csv_file_with_dates()
    {
        string path = Path.Combine(_folder, "events.csv");
        string[] lines = Csv.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        File.WriteAllLines(path, lines.Select((line, i) => i == 0 ? line : line[..^1] + "2024-01-0" + line[^1]));

        AssertGrouped(CreateLoader(DataKind.DateTime).Load(path), day => new DateTime(2024, 1, day));
    }

    [Fact]
    public void A_database()
    {
        string connectionString = $"Data Source={Path.Combine(_folder, "events.db")};Pooling=False";
        using (var connection = new SqliteConnection(connectionString))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE Events (userId TEXT, itemId INTEGER, timestamp TEXT);"
                + string.Concat(Rows().Select(row => string.Create(
                    CultureInfo.InvariantCulture, $"INSERT INTO Events VALUES ('{row.User}', {row.Item}, '2024-01-0{row.Time} 00:00:00');")));
            command.ExecuteNonQuery();
        }

        DatabaseLoader loader = _ml.Data.CreateDatabaseLoader(
            new DatabaseLoader.Column("userId", DbType.String, 0),
            new DatabaseLoader.Column("itemId", DbType.Int64, 1),
            new DatabaseLoader.Column("timestamp", DbType.DateTime, 2));
        IDataView interactions = loader.Load(
            new DatabaseSource(SqliteFactory.Instance, connectionString, "SELECT userId, itemId, timestamp FROM Events"));

        AssertGrouped(interactions, day => new DateTime(2024, 1, day));
    }

    [Fact]
    public void A_data_frame_with_every_kind_of_time()
    {
        AssertGrouped(CreateFrame(new Int64DataFrameColumn("timestamp", Rows().Select(row => (long)row.Time))), time => (long)time);
        AssertGrouped(CreateFrame(new Int32DataFrameColumn("timestamp", Rows().Select(row => row.Time))), time => (long)time);
        AssertGrouped(CreateFrame(new SingleDataFrameColumn("timestamp", Rows().Select(row => (float)row.Time))), time => (double)time);
        AssertGrouped(
            CreateFrame(new DateTimeDataFrameColumn("timestamp", Rows().Select(row => new DateTime(2024, 1, row.Time)))),
            day => new DateTime(2024, 1, day));
    }

    [Fact]
    public void Nulls_of_a_data_frame_are_missing()
    {
        var frame = new DataFrame(
            new StringDataFrameColumn("userId", ["a", null, "a", "a", "a"]),
            new Int64DataFrameColumn("itemId", new long?[] { 1, 2, null, 4, 5 }),
            new DoubleDataFrameColumn("timestamp", new double?[] { 9, 8, 7, null, 6 }));

        IDataView grouped = _ml.SequenceRecommendation().GroupInteractions(frame, "userId", "itemId", "timestamp");

        Assert.Equal(["a"], grouped.GetColumn<string>("userId"));
        Assert.Equal([[5, 1]], grouped.GetColumn<long[]>("Items"));
    }

    private static (string User, long Item, int Time)[] Rows() =>
        [("u1", 30, 3), ("u2", 10, 1), ("u1", 20, 2), ("u1", 10, 4), ("u2", 20, 1)];

    private static DataFrame CreateFrame(DataFrameColumn times) => new(
        new StringDataFrameColumn("userId", Rows().Select(row => row.User)),
        new Int64DataFrameColumn("itemId", Rows().Select(row => row.Item)),
        times);

    private TextLoader CreateLoader(DataKind timestampKind) => _ml.Data.CreateTextLoader(
        [new("userId", DataKind.String, 0), new("itemId", DataKind.Int64, 1), new("timestamp", timestampKind, 2)],
        separatorChar: ',',
        hasHeader: true);

    private void AssertGrouped<TTime>(IDataView interactions, Func<int, TTime> time)
    {
        IDataView grouped = _ml.SequenceRecommendation().GroupInteractions(interactions, "userId", "itemId", "timestamp");

        Assert.Equal(["u1", "u2"], grouped.GetColumn<string>("userId"));
        Assert.Equal([[20, 30, 10], [10, 20]], grouped.GetColumn<long[]>("Items"));
        Assert.Equal([[time(2), time(3), time(4)], [time(1), time(1)]], grouped.GetColumn<TTime[]>("Timestamps"));
    }
}
