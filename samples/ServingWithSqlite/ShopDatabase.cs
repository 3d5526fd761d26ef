using Microsoft.Data.Sqlite;

namespace ServingWithSqlite;

/// <summary>All clicks, and for each user the state that includes them.</summary>
internal sealed class ShopDatabase : IDisposable
{
    private readonly SqliteConnection _connection;

    /// <summary>Opens the database; creates it if it does not exist.</summary>
    public ShopDatabase(string path)
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        _connection.Open();

        // A killed process loses nothing that was committed, with any value of "synchronous". NORMAL waits for the disk only at checkpoints: a power
        // failure may remove the last commits, clicks together with states, and the source delivers those clicks again. If it cannot, use FULL.
        Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
        Execute("""
            CREATE TABLE IF NOT EXISTS clicks (number INTEGER PRIMARY KEY, user TEXT NOT NULL, item TEXT NOT NULL);
            CREATE INDEX IF NOT EXISTS clicks_of_user ON clicks (user, number);
            CREATE TABLE IF NOT EXISTS states (user TEXT PRIMARY KEY, state BLOB NOT NULL);
            """);
    }

    /// <summary>Begins a transaction. It takes the write lock of the database at once, so that several servers take turns.</summary>
    public SqliteTransaction Begin() => _connection.BeginTransaction();

    /// <summary>How many clicks are stored.</summary>
    public long CountClicks() => (long)Read("SELECT count(*) FROM clicks")!;

    /// <summary>The stored click with that number; null if there is none.</summary>
    public Click? Find(long number)
    {
        using SqliteCommand command = Command("SELECT user, item FROM clicks WHERE number = $number", ("$number", number));
        using SqliteDataReader reader = command.ExecuteReader();
        return reader.Read() ? new Click(number, reader.GetString(0), reader.GetString(1)) : null;
    }

    /// <summary>Stores a new click.</summary>
    public void Add(Click click) => Execute(
        "INSERT INTO clicks (number, user, item) VALUES ($number, $user, $item)",
        ("$number", click.Number), ("$user", click.User), ("$item", click.Item));

    /// <summary>The items that a user clicked on, oldest first.</summary>
    public string[] ItemsOf(string user)
    {
        using SqliteCommand command = Command("SELECT item FROM clicks WHERE user = $user ORDER BY number", ("$user", user));
        using SqliteDataReader reader = command.ExecuteReader();
        var items = new List<string>();
        while (reader.Read())
        {
            items.Add(reader.GetString(0));
        }

        return [.. items];
    }

    /// <summary>The stored state of a user; null for a new user.</summary>
    public byte[]? ReadState(string user) => (byte[]?)Read("SELECT state FROM states WHERE user = $user", ("$user", user));

    /// <summary>Stores the state of a user and replaces an earlier one.</summary>
    public void WriteState(string user, byte[] state) => Execute(
        "INSERT INTO states (user, state) VALUES ($user, $state) ON CONFLICT (user) DO UPDATE SET state = excluded.state",
        ("$user", user), ("$state", state));

    public void Dispose() => _connection.Dispose();

    private void Execute(string sql, params (string Name, object Value)[] parameters)
    {
        using SqliteCommand command = Command(sql, parameters);
        command.ExecuteNonQuery();
    }

    private object? Read(string sql, params (string Name, object Value)[] parameters)
    {
        using SqliteCommand command = Command(sql, parameters);
        return command.ExecuteScalar();
    }

    private SqliteCommand Command(string sql, params (string Name, object Value)[] parameters)
    {
        SqliteCommand command = _connection.CreateCommand();   // part of the current transaction, if there is one
        command.CommandText = sql;
        foreach ((string name, object value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }
}
