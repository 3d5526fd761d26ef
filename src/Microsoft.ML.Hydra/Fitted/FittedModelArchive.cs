using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
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
            (ModelEntry.Options, stream => stream.Write(OptionsEntry(model))),
            (ModelEntry.Vocabulary, model.Vocabulary.Write),
            (ModelEntry.Popularity, stream => WriteCounts(stream, model.ItemCounts)),
            (ModelEntry.Candidates, filter.Write),
            .. PriorEntry(model),
            (ModelEntry.Weights, stream => new SafetensorsFile(model.Weights, s_weightsMetadata).Write(stream)),
        ]);

    private static (ModelEntry Entry, Action<Stream> Write)[] PriorEntry(FittedModel model) =>
        model.Prior is CooccurrencePrior prior ? [(ModelEntry.Cooccurrence, prior.Write)] : [];

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The archive is damaged, incomplete, or of a later version.</exception>
    public static (FittedModel Model, CandidateFilter Filter) Read(IModelEntryReader source)
    {
        var archive = ModelArchive.Open(source);
        (TrainerOptions options, EpochMetrics[] epochs, int bestEpoch, double ndcg, EventClock? clock) = archive.Read(ModelEntry.Options, ReadOptions);
        ItemVocabulary vocabulary = archive.Read(ModelEntry.Vocabulary, ItemVocabulary.Read);
        int[] counts = archive.Read(ModelEntry.Popularity, stream => ReadCounts(stream, vocabulary.Count + 1));
        CandidateFilter filter = archive.Read(ModelEntry.Candidates, stream => CandidateFilter.Read(stream, vocabulary.Count, options.ExcludeSeenItems));
        SafetensorsFile weights = archive.Read(ModelEntry.Weights, SafetensorsFile.Read);
        CheckSizes(weights, ModelShape.For(options, vocabulary.Count));
        CooccurrencePrior? prior = archive.Has(ModelEntry.Cooccurrence)
            ? archive.Read(ModelEntry.Cooccurrence, stream => CooccurrencePrior.Read(stream, vocabulary.Count))
            : null;
        return (new FittedModel(options, vocabulary, counts, weights.Tensors, prior, epochs, bestEpoch, ndcg, clock), filter);
    }

    // Ties the entries together: no more memory is taken for the model than for the weights that were really there.
    private static void CheckSizes(SafetensorsFile weights, ModelSizes sizes)
    {
        ReadOnlySpan<long> items = weights[EncoderWeights.ItemVectors].Shape;
        long found = weights.Tensors.Sum(tensor => (long)tensor.Data.Length);
        if (!items.SequenceEqual([sizes.NumberOfItems + 1L, sizes.Width]) || found != sizes.NumberOfParameters)
        {
            throw new InvalidDataException(
                $"The saved model has {found} weights and item vectors of shape [{string.Join(", ", items.ToArray())}]; its options and its {sizes.NumberOfItems} items need {sizes.NumberOfParameters} and [{sizes.NumberOfItems + 1L}, {sizes.Width}]. Save it again.");
        }

        try
        {
            PinnedWeights.Check(sizes, weights.Tensors);
        }
        catch (InvalidDataException cause)
        {
            throw new InvalidDataException($"The saved model has other weights than its options need: {cause.Message} Save it again.");
        }
    }

    private static byte[] OptionsEntry(FittedModel model)
    {
        using var options = JsonDocument.Parse(OptionsJson.Write(model.Options));
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WritePropertyName(OptionsKey);
            options.RootElement.WriteTo(json);
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

        return buffer.ToArray();
    }

    private static (TrainerOptions Options, EpochMetrics[] Epochs, int BestEpoch, double Ndcg, EventClock? Clock) ReadOptions(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        using var document = JsonDocument.Parse(reader.ReadToEnd());
        JsonElement root = document.RootElement;
        TrainerOptions options = OptionsJson.Read(root.GetProperty(OptionsKey).GetRawText());
        if (options.EmbeddingDimension == 0)
        {
            throw new InvalidDataException("The saved model's options leave EmbeddingDimension open. Save it again.");
        }

        return (
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

    // A vocabulary of keys is no more than a claimed number: memory grows with what the entry really holds.
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
}
