using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Prior;
using Microsoft.ML.Hydra.Scoring;

namespace Microsoft.ML.Hydra.Fitted;

/// <summary>A fitted model as the entries of an archive: options, vocabulary, popularity, candidates, the prior if there is one, weights.</summary>
internal static class FittedModelArchive
{
    // Readers of other frameworks ask for the axis order that the tensors were made with.
    private static readonly Dictionary<string, string> s_weightsMetadata = new() { ["format"] = "pt" };

    private const string OptionsKey = "options";
    private const string EpochsKey = "epochs";
    private const string BestEpochKey = "bestEpoch";
    private const string ClockKey = "clock";
    private const string NdcgKey = "validationNdcgAt10";

    /// <summary>Writes a model and which items may be recommended.</summary>
    public static void Write(IModelEntryWriter target, FittedModel model, CandidateFilter filter) => ModelArchive.Write(
        target,
        [
            (ModelEntry.Options, stream => WriteFacts(stream, model)),
            (ModelEntry.Vocabulary, model.Vocabulary.Write),
            (ModelEntry.Popularity, stream => WriteCounts(stream, model.ItemCounts)),
            (ModelEntry.Candidates, filter.Write),
            .. ((ModelEntry, Action<Stream>)[])(model.Prior is CooccurrencePrior prior
                ? [(ModelEntry.Cooccurrence, prior.Write)]
                : []),
            .. ((ModelEntry, Action<Stream>)[])(model.Items is { } items
                ? [(ModelEntry.ItemEncoder, stream => ItemEncoderFormat.Write(stream, items))]
                : []),
            .. ((ModelEntry, Action<Stream>)[])(model.Domains is { } domains
                ? [(ModelEntry.Domains, stream => ItemDomainsFormat.Write(stream, domains))]
                : []),
            (ModelEntry.Weights, stream => new SafetensorsFile(model.Weights, s_weightsMetadata).Write(stream)),
        ]);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The archive is damaged, incomplete, or of a later version.</exception>
    public static (FittedModel Model, CandidateFilter Filter) Read(IModelEntryReader source)
    {
        ModelArchive archive = ModelArchive.Open(source);
        Facts facts = archive.Read(ModelEntry.Options, ReadFacts);
        ItemVocabulary vocabulary = archive.Read(ModelEntry.Vocabulary, ItemVocabulary.Read);
        int[] counts = archive.Read(ModelEntry.Popularity, stream => ReadCounts(stream, vocabulary.Count + 1));
        CandidateFilter filter = archive.Read(
            ModelEntry.Candidates, stream => CandidateFilter.Read(stream, vocabulary.Count, facts.Options.ExcludeSeenItems));
        ItemDomains? domains = ReadDomains(archive, facts.Options, vocabulary.Count);
        if (facts.Options.AcrossDomains && FittedModel.EncodersOf(facts.Options, domains) > 1)
        {
            throw new InvalidDataException("The saved model's options say AcrossDomains and SeparateSequenceModels, which exclude each other. Save it again.");
        }

        ModelSizes sizes = ResolvedOptions.SizesFor(facts.Options, vocabulary.Count) with { Encoders = FittedModel.EncodersOf(facts.Options, domains) };
        SafetensorsFile weights = archive.Read(ModelEntry.Weights, stream => ReadWeights(stream, sizes));
        var model = new FittedModel
        {
            Options = facts.Options,
            Vocabulary = vocabulary,
            Clock = facts.Clock,
            ItemCounts = counts,
            Weights = weights.Tensors,
            Prior = archive.Has(ModelEntry.Cooccurrence)
                ? archive.Read(ModelEntry.Cooccurrence, stream => CooccurrencePrior.Read(stream, vocabulary.Count))
                : null,
            Items = archive.Has(ModelEntry.ItemEncoder)
                ? archive.Read(ModelEntry.ItemEncoder, stream => ItemEncoderFormat.Read(stream, facts.Options.EmbeddingDimension, vocabulary.Count))
                : null,
            Domains = domains,
            Epochs = facts.Epochs,
            BestEpoch = facts.BestEpoch,
            ValidationNdcgAt10 = facts.ValidationNdcgAt10,
        };
        return (model, filter);
    }

    private static ItemDomains? ReadDomains(ModelArchive archive, TrainerOptions options, int numberOfItems)
    {
        bool has = archive.Has(ModelEntry.Domains);
        return has != options.DomainColumnName is not null
            ? throw new InvalidDataException($"The saved model {(has ? "has" : "lacks")} the entry '{ModelEntry.Domains.Name}', but its options {(has ? "name no" : "name a")} DomainColumnName. Save it again.")
            : has ? archive.Read(ModelEntry.Domains, stream => ItemDomainsFormat.Read(stream, numberOfItems)) : null;
    }

    // Ties the entries together: memory is taken only for the weights of a model of these sizes.
    private static SafetensorsFile ReadWeights(Stream stream, ModelSizes sizes)
    {
        var file = SafetensorsFile.Read(stream, entries => PinnedWeights.Check(
            sizes, [.. entries.Select(entry => new WeightForm(entry.Name, entry.Shape, entry.ElementType))]));
        return file.Tensors.FirstOrDefault(weight => !weight.IsFinite()) is NamedTensor spoiled
            ? throw new InvalidDataException($"the weight '{spoiled.Name}' has numbers that are not finite")
            : file;
    }

    private static void WriteFacts(Stream stream, FittedModel model)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WritePropertyName(OptionsKey);
        using (var options = JsonDocument.Parse(OptionsJson.Write(model.Options)))
        {
            options.RootElement.WriteTo(json);
        }

        json.WriteNumber(BestEpochKey, model.BestEpoch);
        json.WritePropertyName(NdcgKey);
        JsonSerializer.Serialize(json, model.ValidationNdcgAt10, JsonNumbers.Options);
        if (model.Clock is { } clock)
        {
            json.WritePropertyName(ClockKey);
            JsonSerializer.Serialize(json, clock);
        }

        json.WritePropertyName(EpochsKey);
        JsonSerializer.Serialize(json, model.Epochs, JsonNumbers.Options);
        json.WriteEndObject();
    }

    private static Facts ReadFacts(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        using var document = JsonDocument.Parse(reader.ReadToEnd());
        JsonElement root = document.RootElement;
        TrainerOptions options = OptionsJson.Read(root.GetProperty(OptionsKey).GetRawText());
        if (options.EmbeddingDimension == 0)
        {
            throw new InvalidDataException("The saved model's options leave EmbeddingDimension open. Save it again.");
        }

        return new Facts(
            options,
            root.GetProperty(EpochsKey).Deserialize<EpochMetrics[]>(JsonNumbers.Options) ?? [],
            root.GetProperty(BestEpochKey).GetInt32(),
            root.TryGetProperty(NdcgKey, out JsonElement ndcg) ? ndcg.Deserialize<double>(JsonNumbers.Options) : double.NaN,
            options.TimestampsColumnName is null ? null : ReadClock(root.GetProperty(ClockKey)));
    }

    private static EventClock ReadClock(JsonElement element)
    {
        EventClock? clock = element.Deserialize<EventClock>();
        return clock is { Deviation: > 0 } && double.IsFinite(clock.Mean) && double.IsFinite(clock.Deviation)
            ? clock
            : throw new InvalidDataException("The saved model's clock has no finite mean with a deviation above 0. Save it again.");
    }

    private static void WriteCounts(Stream stream, int[] counts)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        foreach (int count in counts)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes, count);
            stream.Write(bytes);
        }
    }

    // A vocabulary of keys states a number only: memory grows with what the entry really holds.
    private static int[] ReadCounts(Stream stream, int length)
    {
        var counts = new List<int>();
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        while (counts.Count < length)
        {
            stream.ReadExactly(bytes);
            int count = BinaryPrimitives.ReadInt32LittleEndian(bytes);
            counts.Add(count >= 0 ? count : throw new InvalidDataException($"The count of item {counts.Count} is {count}; counts are not negative."));
        }

        return [.. counts];
    }

    // What the entry of the options holds.
    private sealed record Facts(TrainerOptions Options, EpochMetrics[] Epochs, int BestEpoch, double ValidationNdcgAt10, EventClock? Clock);
}

/// <summary>JSON that keeps every number, NaN included.</summary>
internal static class JsonNumbers
{
    /// <summary>Shared settings.</summary>
    public static JsonSerializerOptions Options { get; } = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };
}
