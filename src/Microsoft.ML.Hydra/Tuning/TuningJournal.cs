using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Tuning;

/// <summary>
/// The finished trials of a search, in a file of JSON lines: a header, a line a trial, and a digest of those lines. The file is replaced as
/// a whole after each trial, so that after a crash it holds the trial or does not.
/// </summary>
internal sealed class TuningJournal
{
    private const string DigestField = "Sha256";

    private static readonly JsonSerializerOptions s_format = new()
    {
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
    };

    private static readonly JsonDocumentOptions s_reading = new() { AllowDuplicateProperties = false };

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

            Found = JournalHeader.Reread(Object(content[0]));    // text that is not Unicode is found now
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
            ? entry with { Changes = JournalHeader.Reread(entry.Changes) } : throw new JsonException("A line is null, or has numbers that no trial can have.");

    private static JsonObject Object(string line) => JsonNode.Parse(line, null, s_reading)?.AsObject() ?? throw new JsonException("A line is null.");
}

/// <summary>The first line of a journal: everything that a resumed search must have in common with the one it continues.</summary>
internal static class JournalHeader
{
    /// <summary>Version of the format.</summary>
    public const int Version = 1;

    /// <summary>Name of the field with the version.</summary>
    public const string VersionField = "HydraTuning";

    /// <summary>The header of a search.</summary>
    /// <param name="data">Fingerprint of the data.</param>
    /// <param name="items">Fingerprint of what is known of the items; null where there is nothing.</param>
    /// <param name="parameters">The space.</param>
    /// <param name="trainer">The base options, the seed among them.</param>
    /// <param name="halving">The rungs.</param>
    public static JsonObject Create(string data, string? items, IEnumerable<SearchParameter> parameters, TrainerOptions trainer, HalvingSchedule halving)
    {
        var header = new JsonObject { [VersionField] = Version, ["Data"] = data };
        if (items is not null)
        {
            header["Items"] = items;
        }

        header["Options"] = JsonNode.Parse(OptionsJson.Write(trainer));
        header["Space"] = SearchSpaceJson.ToJson(parameters);
        header["Rungs"] = new JsonArray([.. halving.Epochs.Select(epochs => (JsonNode)epochs)]);
        header["Configurations"] = halving.Configurations;
        return Reread(header);
    }

    /// <summary>The seed of a search.</summary>
    public static int? Seed(JsonObject header) => (int?)header["Options"]?[nameof(TrainerOptions.Seed)];

    /// <summary>What two headers differ in, for the end of a sentence; null when they are the same.</summary>
    public static string? Difference(JsonObject there, JsonObject here)
    {
        Dictionary<string, string> before = Fields(there).ToDictionary();
        Dictionary<string, string> now = Fields(here).ToDictionary();
        string? name = now.Keys.Concat(before.Keys).FirstOrDefault(field => before.GetValueOrDefault(field) != now.GetValueOrDefault(field));
        return name switch
        {
            null => null,
            "Data" => "the data",
            "Items" => "what is known of the items (Items)",
            _ => $"{MessageText.Of(name.Split('.')[^1])} ({MessageText.Of(before.GetValueOrDefault(name, "nothing"))} there, {MessageText.Of(now.GetValueOrDefault(name, "nothing"))} here)",
        };
    }

    /// <summary>As it comes back from a file, so that texts can be compared.</summary>
    public static JsonObject Reread(JsonObject json) => JsonNode.Parse(json.ToJsonString())!.AsObject();

    // Options and parameters one by one, so that a difference can be named.
    private static IEnumerable<KeyValuePair<string, string>> Fields(JsonObject header) =>
        from field in header
        from part in field.Value is JsonObject inner ? inner.Select(part => (Name: $"{field.Key}.{part.Key}", part.Value)) : [(Name: field.Key, field.Value)]
        select KeyValuePair.Create(part.Name, part.Value?.ToJsonString() ?? "null");
}

/// <summary>A finished trial as the journal keeps it.</summary>
/// <param name="Trial">Its number, from 1.</param>
/// <param name="Configuration">Number of its configuration.</param>
/// <param name="Epochs">Most epochs that it might train.</param>
/// <param name="Changes">What its configuration changes; identifies it.</param>
/// <param name="NdcgAt10">Validation NDCG@10 of the best epoch; 0 when training diverged.</param>
/// <param name="BestEpoch">The epoch it was reached in; 0 when training diverged.</param>
/// <param name="EpochsTrained">Epochs trained.</param>
/// <param name="Seconds">Time it took.</param>
/// <param name="Failure">Why it diverged, or null.</param>
internal sealed record JournalEntry(
    int Trial, int Configuration, int Epochs, JsonObject Changes, double NdcgAt10, int BestEpoch, int EpochsTrained, double Seconds, string? Failure)
{
    // Much more than any search takes, and no more than a TimeSpan holds
    private const double MostSeconds = 1e9;

    /// <summary>Whether a trial can have these numbers.</summary>
    public bool IsPlausible =>
        Trial > 0 && Configuration >= 0 && Epochs > 0 && NdcgAt10 is >= 0 and <= 1 && BestEpoch >= 0 && BestEpoch <= EpochsTrained
        && EpochsTrained <= Epochs && Seconds is >= 0 and <= MostSeconds;

    /// <summary>Whether it is the trial of a plan and a configuration.</summary>
    public bool IsOf(TrialPlan plan, Configuration configuration) =>
        plan == new TrialPlan(Configuration, Epochs) && Changes.ToJsonString() == JournalHeader.Reread(configuration.ToJson()).ToJsonString();
}
