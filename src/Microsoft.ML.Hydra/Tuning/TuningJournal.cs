using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Tuning;

/// <summary>
/// The finished trials of a search, in a file of JSON lines: a header, a line a trial, and a digest of those lines. The file is replaced as
/// a whole after each trial, so that a crash finds it with the trial or without it.
/// </summary>
internal sealed class TuningJournal
{
    private const string DigestField = "Sha256";

    private static readonly JsonSerializerOptions s_format = new() { RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true };

    private readonly string? _path;
    private readonly List<string> _lines = [];
    private readonly List<JournalEntry> _entries = [];

    private TuningJournal(string? path) => _path = path;

    /// <summary>The trials, in their order.</summary>
    public IReadOnlyList<JournalEntry> Entries => _entries;

    /// <summary>The header that was found; null for a new journal.</summary>
    public JsonObject? Found { get; private set; }

    /// <summary>Opens a journal, or begins one.</summary>
    /// <param name="path">The file; null keeps the journal in memory.</param>
    /// <exception cref="InvalidDataException">The file is damaged or of a later version.</exception>
    public static TuningJournal Open(string? path)
    {
        var journal = new TuningJournal(path);
        if (File.Exists(path))
        {
            journal.Read(path);
        }

        return journal;
    }

    /// <summary>Writes the header, or compares it with the one found.</summary>
    /// <exception cref="InvalidOperationException">The journal is of another search.</exception>
    public void Begin(JsonObject header)
    {
        if (Found is null)
        {
            _lines.Add(header.ToJsonString());
            Save();
        }
        else if (JournalHeader.Difference(Found, header) is string difference)
        {
            throw new InvalidOperationException(
                $"The journal '{_path}' is of another search, which differs in {difference}; resume with the same data, search space and options, or choose another directory.");
        }
    }

    /// <summary>Adds a trial; it is on the disk when this returns.</summary>
    public void Add(JournalEntry entry)
    {
        _lines.Add(JsonSerializer.Serialize(entry, s_format));
        _entries.Add(entry);
        Save();
    }

    /// <summary>The error that the journal is not what this search would have written.</summary>
    public InvalidDataException Damaged(string what, Exception? cause = null) =>
        new($"The journal '{_path}' cannot be continued: {what}; choose another directory, or delete this one to begin anew.", cause);

    private void Save()
    {
        if (_path is not null)
        {
            string last = new JsonObject { [DigestField] = Digest() }.ToJsonString();
            AtomicFile.Write(_path, stream => stream.Write(Encoding.UTF8.GetBytes(string.Join('\n', [.. _lines, last, string.Empty]))));
        }
    }

    private void Read(string path)
    {
        string[] lines = File.ReadAllText(path).Split('\n');
        if (lines is not [.. var content, var last, ""] || content.Length == 0)
        {
            throw Damaged("it is cut short");
        }

        try
        {
            _lines.AddRange(content);
            if ((string?)Object(last)[DigestField] != Digest())
            {
                throw Damaged("it does not match its digest");
            }

            Found = Object(content[0]);
            if ((int?)Found[JournalHeader.VersionField] != JournalHeader.Version)
            {
                throw Damaged("it was written by another version of the library");
            }

            _entries.AddRange(content.Skip(1).Select(Entry));
        }
        catch (Exception cause) when (cause is JsonException or InvalidOperationException or FormatException or ArgumentException or OverflowException)
        {
            throw Damaged("it holds a line that cannot be read", cause);
        }
    }

    private string Digest() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', _lines))));

    private static JournalEntry Entry(string line) =>
        JsonSerializer.Deserialize<JournalEntry>(line, s_format) is { IsPlausible: true } entry
            ? entry : throw new JsonException("A line is null, or has numbers that no trial has.");

    private static JsonObject Object(string line) => JsonNode.Parse(line)?.AsObject() ?? throw new JsonException("A line is null.");
}
