using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Training;

/// <summary>What a training reads of its items besides the events.</summary>
internal sealed class ItemFeatures
{
    // Events at which the own part of an item counts half. Chosen by validation NDCG@10 (docs/quality/text.md).
    private const double HalfGate = 4;

    // Of the items that have events and features; enough to fit a few numbers on, few enough that the rest still teaches W.
    private const double StandInShare = 0.1;
    private const int MostStandIns = 2048;

    private ItemFeatures(ItemContent content, FeatureSpace space, ItemInputs inputs, int[] standIns, int[] withoutEvents) =>
        (Content, Space, Inputs, StandIns, WithoutEvents) = (content, space, inputs, standIns, withoutEvents);

    /// <summary>What is known of the items, those without events included.</summary>
    public ItemContent Content { get; }

    /// <summary>How features are made of it.</summary>
    public FeatureSpace Space { get; }

    /// <summary>The features and gates of the items with rows in the model.</summary>
    public ItemInputs Inputs { get; }

    /// <summary>
    /// Items that W does not learn from, so that they can stand in for new items after the training: their features are as foreign to W as those of an item that
    /// arrives later. Their own parts learn as those of all others.
    /// </summary>
    public int[] StandIns { get; }

    /// <summary>Rows of the items with features that have no event to train on: keys without events, and items of which all events are held out.</summary>
    public int[] WithoutEvents { get; }

    /// <summary>Fits the feature space and chooses the items that are to stand in for new ones.</summary>
    /// <param name="content">What is known of the items.</param>
    /// <param name="data">The events.</param>
    /// <param name="chooser">Chooses.</param>
    /// <param name="warmStart">The earlier model; its items keep their vectors, those that have no events now too. Null for none.</param>
    /// <returns>The features; null where nothing tells one item from another.</returns>
    public static ItemFeatures? Prepare(ItemContent content, TrainingData data, Random chooser, WarmStart? warmStart = null)
    {
        int[] events = data.TrainEvents().CountItems();
        FeatureSpace space = FeatureSpaceFit.Fit(content, events);
        if (space.NumberOfFeatures == 0)
        {
            return null;
        }

        SparseRows features = space.Map(content, 0, events.Length);
        int[] standIns = ChooseStandIns(features, events, chooser);
        bool[] learns = Array.ConvertAll(events, count => count > 0);
        foreach (int row in standIns)
        {
            learns[row] = false;
        }

        foreach (int row in warmStart is null ? default : warmStart.Rows)
        {
            events[row] = Math.Max(1, events[row]);
        }

        // An item of which nothing is known has its own part only.
        float[] gates = [.. events.Select((count, row) => features.IsEmpty(row) ? 1 : (float)(count / (count + HalfGate)))];
        int[] withoutEvents = [.. Enumerable.Range(1, events.Length - 1).Where(row => events[row] == 0 && !features.IsEmpty(row))];
        return new ItemFeatures(content, space, new ItemInputs(features, gates, learns), standIns, withoutEvents);
    }

    /// <summary>Recognises what trainings read of their items besides the events: SHA-256 of ids, words and numbers; null for nothing.</summary>
    /// <param name="options">The options with the view.</param>
    /// <param name="vocabulary">The items of the sequences.</param>
    /// <param name="throwIfCancelled">Stops the reading.</param>
    public static string? Fingerprint(TrainerOptions options, ItemVocabulary vocabulary, Action throwIfCancelled)
    {
        if (options.Items is not { } view)
        {
            return null;
        }

        var domains = options.DomainColumnName is null ? null : new DomainNames();
        ItemContent content = new ItemContentReader(view, ItemColumns.Of(options), vocabulary, domains is null ? null : domains.NumberOf).Read(throwIfCancelled);
        using var digest = new ContentDigest();
        digest.Add(content.Vocabulary.Write);
        Array.ForEach(domains?.All ?? [], digest.Add);
        Array.ForEach(content.DomainOfItems, domain => digest.Add(domain));
        foreach (int[]? tokens in content.Tokens ?? [])
        {
            digest.Add(tokens?.Length ?? -1);
            digest.Add(stream => stream.Write(MemoryMarshal.AsBytes<int>(tokens)));
        }

        if (content.Numbers is { } numbers)
        {
            digest.Add(stream =>
            {
                stream.Write(MemoryMarshal.AsBytes<int>(numbers.Offsets));
                stream.Write(MemoryMarshal.AsBytes<int>(numbers.Columns));
                stream.Write(MemoryMarshal.AsBytes<float>(numbers.Values));
            });
        }

        return digest.Take();
    }

    private static int[] ChooseStandIns(SparseRows features, int[] events, Random random)
    {
        int[] eligible = [.. Enumerable.Range(1, events.Length - 1).Where(row => events[row] > 0 && !features.IsEmpty(row))];
        random.Shuffle(eligible);
        int[] chosen = eligible[..Math.Min((int)(StandInShare * eligible.Length), MostStandIns)];
        Array.Sort(chosen);
        return chosen;
    }
}
