using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Options;

namespace Microsoft.ML.Hydra.Tuning;

/// <summary>The first line of a journal: everything that a resumed search must have in common with the one it continues.</summary>
internal static class JournalHeader
{
    /// <summary>Version of the format.</summary>
    public const int Version = 1;

    /// <summary>Name of the field with the version.</summary>
    public const string VersionField = "HydraTuning";

    /// <summary>The header of a search.</summary>
    /// <param name="data">Fingerprint of the data.</param>
    /// <param name="parameters">The space.</param>
    /// <param name="trainer">The base options, the seed among them.</param>
    /// <param name="halving">The rungs.</param>
    public static JsonObject Create(string data, IEnumerable<SearchParameter> parameters, TrainerOptions trainer, HalvingSchedule halving) => Reread(new JsonObject
    {
        [VersionField] = Version,
        ["Data"] = data,
        ["Options"] = JsonNode.Parse(OptionsJson.Write(trainer)),
        ["Space"] = SearchSpaceJson.ToJson(parameters),
        ["Rungs"] = new JsonArray([.. halving.Epochs.Select(epochs => (JsonNode)epochs)]),
        ["Configurations"] = halving.Configurations,
    });

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
            _ => $"{name.Split('.')[^1]} ({before.GetValueOrDefault(name, "nothing")} there, {now.GetValueOrDefault(name, "nothing")} here)",
        };
    }

    /// <summary>As it comes back from a file, so that texts can be compared.</summary>
    public static JsonObject Reread(JsonObject json) => JsonNode.Parse(json.ToJsonString())!.AsObject();

    // TrainerOptions and parameters one by one, so that a difference can be named.
    private static IEnumerable<KeyValuePair<string, string>> Fields(JsonObject header) =>
        from field in header
        from part in field.Value is JsonObject inner ? inner.Select(part => (Name: $"{field.Key}.{part.Key}", part.Value)) : [(Name: field.Key, field.Value)]
        select KeyValuePair.Create(part.Name, part.Value?.ToJsonString() ?? "null");
}
