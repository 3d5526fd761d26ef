using System.Globalization;
using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Options;

/// <summary>
/// The rules by which options that were left open follow the data. What the user sets always wins. Chosen by validation NDCG@10 on
/// MovieLens 100K (98,000 training events) and the settings that served MovieLens 1M and Amazon Beauty; on Last.fm, Wikipedia, Yelp and Amazon CDs other
/// dropout was worse or a tie. Twice the width gained on MovieLens 1M, and nothing on MovieLens 100K, Wikipedia and Beauty; later targets gained
/// on Yelp, whose order says little, and lost where order matters; smaller batches at half the rate gained a little on the Amazon sets, whose
/// catalogues are large and sparse, and lost a little on Yelp and more on the few events of Last.fm (docs/quality.md).
/// </summary>
internal static class AutomaticOptions
{
    private const int StepsPerEpoch = 64;
    private const int FewestTokens = 1024;
    private const int MostTokens = 6400;
    private const int MostTokensOfSmallSteps = 1600;

    private const double UsualRate = 6e-3;
    private const double LowestRate = 3e-3;
    private const double MostEventsOfUsualRate = 100_000;

    private const double StrongDropout = 0.5;
    private const double WeakDropout = 0.2;
    private const double FewEvents = 200_000;
    private const double ManyEvents = 1_000_000;

    private const double LaterTargetsWithoutOrder = 0.5;

    private const int UsualWidth = 64;
    private const int LargeWidth = 128;
    private const int LeastEventsOfLargeWidth = 500_000;
    private const int LeastEventsAnItemWhenDense = 100;

    /// <summary>A copy of the options in which nothing is left open.</summary>
    /// <param name="options">The options as set.</param>
    /// <param name="sequences">The training data.</param>
    /// <param name="earlier">TrainerOptions of the model that training goes on from, or null.</param>
    /// <param name="throwIfCancelled">Asked often.</param>
    /// <param name="chosen">What was chosen, for the log; empty when everything was set.</param>
    public static TrainerOptions Resolve(TrainerOptions options, SequenceDataset sequences, TrainerOptions? earlier, Action throwIfCancelled, out string chosen)
    {
        TrainerOptions resolved = OptionsJson.Copy(options);
        var choices = new List<string>();
        if (resolved.EmbeddingDimension == 0)
        {
            resolved.EmbeddingDimension = earlier?.EmbeddingDimension ?? WidthFor(sequences);
            choices.Add(Text($"{nameof(TrainerOptions.EmbeddingDimension)} {resolved.EmbeddingDimension}"));
        }

        if (resolved.LaterTargetRate is null)
        {
            resolved.LaterTargetRate = earlier?.LaterTargetRate ?? LaterTargetRate(sequences, resolved.ExcludeSeenItems, throwIfCancelled);
            choices.Add(Text($"{nameof(TrainerOptions.LaterTargetRate)} {resolved.LaterTargetRate:F1}"));
        }

        bool manySmallSteps = resolved.LaterTargetRate == 0 && !IsDense(sequences);
        if (resolved.MaximumTokensPerBatch == 0)
        {
            resolved.MaximumTokensPerBatch = TokensPerBatch(sequences.NumberOfEvents, manySmallSteps);
            choices.Add(Text($"{nameof(TrainerOptions.MaximumTokensPerBatch)} {resolved.MaximumTokensPerBatch}"));
        }

        if (resolved.LearningRate is null)
        {
            resolved.LearningRate = manySmallSteps && resolved.MaximumTokensPerBatch <= MostTokensOfSmallSteps
                ? LowerRate(sequences.NumberOfEvents)
                : UsualRate;
            choices.Add(Text($"{nameof(TrainerOptions.LearningRate)} {resolved.LearningRate}"));
        }

        if (resolved.DropoutRate is null)
        {
            resolved.DropoutRate = Dropout(sequences.NumberOfEvents);
            choices.Add(Text($"{nameof(TrainerOptions.DropoutRate)} {resolved.DropoutRate:F2}"));
        }

        chosen = string.Join(", ", choices);
        return resolved;
    }

    // Wider item vectors need many events each, or they are learned by heart.
    private static int WidthFor(SequenceDataset sequences) =>
        sequences.NumberOfEvents >= LeastEventsOfLargeWidth && IsDense(sequences) ? LargeWidth : UsualWidth;

    // Small data needs small batches, or an epoch has too few steps to learn in; and so do items that are seen rarely, unless their targets are
    // out of order and want averaging.
    private static int TokensPerBatch(long events, bool manySmallSteps) =>
        (int)Math.Clamp(events / StepsPerEpoch, FewestTokens, manySmallSteps ? MostTokensOfSmallSteps : MostTokens);

    // Twice the small steps, half the rate.
    private static double LowerRate(long events) =>
        Math.Round(Math.Clamp(UsualRate * MostEventsOfUsualRate / Math.Max(events, 1), LowestRate, UsualRate), 4);

    private static bool IsDense(SequenceDataset sequences) => sequences.NumberOfEvents / LeastEventsAnItemWhenDense >= sequences.NumberOfItems;

    // The fewer the events, the sooner they are learned by heart; between the bounds linear in the logarithm, to two decimals.
    private static double Dropout(long events)
    {
        double share = Math.Clamp(Math.Log(Math.Max(events, 1) / FewEvents) / Math.Log(ManyEvents / FewEvents), 0, 1);
        return Math.Round(StrongDropout + share * (WeakDropout - StrongDropout), 2);
    }

    // A target out of order teaches what order hides, where order does not matter, and spoils what it tells, where it does.
    private static double LaterTargetRate(SequenceDataset sequences, bool excludeSeenItems, Action throwIfCancelled) =>
        OrderSignal.IsWeak(sequences, excludeSeenItems, throwIfCancelled) ? LaterTargetsWithoutOrder : 0;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
