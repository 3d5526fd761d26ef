using Microsoft.Data.Sqlite;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>The serving sample's database, looked at from outside.</summary>
internal sealed class ClickDatabase : IDisposable
{
    private readonly string _path;
    private readonly SqliteConnection _connection;

    public ClickDatabase(string path)
    {
        _path = path;
        _connection = new SqliteConnection($"Data Source={path};Pooling=False");
        _connection.Open();
    }

    /// <summary>All clicks as they were delivered, by number.</summary>
    public string[] Clicks() => Read("SELECT number || ',' || user || ',' || item FROM clicks ORDER BY number", reader => reader.GetString(0));

    /// <summary>The stored states by user.</summary>
    public Dictionary<string, byte[]> States() =>
        Read("SELECT user, state FROM states", reader => (User: reader.GetString(0), State: reader.GetFieldValue<byte[]>(1)))
            .ToDictionary(row => row.User, row => row.State);

    /// <summary>From now on whoever writes a state stands still in the middle of the transaction, with more written than its memory holds.</summary>
    public void HoldUpStates() => Execute("""
        CREATE TABLE ballast (content BLOB);
        CREATE VIEW endless AS WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n FROM numbers) SELECT n FROM numbers;
        CREATE TRIGGER hold_up BEFORE INSERT ON states BEGIN
            INSERT INTO ballast SELECT zeroblob(4000) FROM endless LIMIT 2000;
            SELECT count(*) FROM endless;
        END;
        """);

    /// <summary>Whether someone is held up: that of the ballast which found no place in memory lies in the log.</summary>
    public bool IsHeldUp() => new FileInfo(_path + "-wal").Length > 4_000_000;

    /// <summary>No one is held up any longer.</summary>
    public void LetStatesPass() => Execute("DROP TRIGGER hold_up; DROP VIEW endless; DROP TABLE ballast;");

    public void Dispose() => _connection.Dispose();

    private void Execute(string sql)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private T[] Read<T>(string sql, Func<SqliteDataReader, T> row)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        using SqliteDataReader reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(row(reader));
        }

        return [.. rows];
    }
}
