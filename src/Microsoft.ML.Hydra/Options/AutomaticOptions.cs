using Microsoft.ML.Hydra.Items;
using static System.FormattableString;

namespace Microsoft.ML.Hydra.Options;

/// <summary>
/// The rules by which options that were left open follow the data. What the user sets always wins. They were chosen by validation NDCG@10
/// (docs/quality.md says on which data, and where they gain nothing).
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

    /// <summary>Chooses what the options leave open.</summary>
    /// <param name="options">The options as set, in their ranges, with a seed.</param>
    /// <param name="sequences">The training data.</param>
    /// <param name="earlier">Options of the earlier model that training continues from, or null.</param>
    /// <param name="throwIfCancelled">Asked often.</param>
    /// <exception cref="ArgumentException">The sizes do not fit each other.</exception>
    public static ResolvedOptions Resolve(TrainerOptions options, SequenceDataset sequences, TrainerOptions? earlier, Action throwIfCancelled)
    {
        TrainerOptions resolved = options.Copy();
        var choices = new List<string>();
        if (resolved.EmbeddingDimension == 0)
        {
            resolved.EmbeddingDimension = earlier?.EmbeddingDimension ?? WidthFor(sequences);
            choices.Add(Invariant($"{nameof(TrainerOptions.EmbeddingDimension)} {resolved.EmbeddingDimension}"));
        }

        if (resolved.LaterTargetRate is null)
        {
            resolved.LaterTargetRate = earlier?.LaterTargetRate ?? LaterTargetRate(sequences, resolved.ExcludeSeenItems, throwIfCancelled);
            choices.Add(Invariant($"{nameof(TrainerOptions.LaterTargetRate)} {resolved.LaterTargetRate:F1}"));
        }

        bool manySmallSteps = resolved.LaterTargetRate == 0 && !IsDense(sequences);
        if (resolved.MaximumTokensPerBatch == 0)
        {
            resolved.MaximumTokensPerBatch = TokensPerBatch(sequences.NumberOfEvents, manySmallSteps);
            choices.Add(Invariant($"{nameof(TrainerOptions.MaximumTokensPerBatch)} {resolved.MaximumTokensPerBatch}"));
        }

        if (resolved.LearningRate is null)
        {
            resolved.LearningRate = manySmallSteps && resolved.MaximumTokensPerBatch <= MostTokensOfSmallSteps
                ? LowerRate(sequences.NumberOfEvents)
                : UsualRate;
            choices.Add(Invariant($"{nameof(TrainerOptions.LearningRate)} {resolved.LearningRate}"));
        }

        if (resolved.DropoutRate is null)
        {
            resolved.DropoutRate = Dropout(sequences.NumberOfEvents);
            choices.Add(Invariant($"{nameof(TrainerOptions.DropoutRate)} {resolved.DropoutRate:F2}"));
        }

        OptionRanges.Check(resolved);
        return new ResolvedOptions(resolved) { Chosen = string.Join(", ", choices) };
    }

    // With few events for each item, wide item vectors only memorise them.
    private static int WidthFor(SequenceDataset sequences) =>
        sequences.NumberOfEvents >= LeastEventsOfLargeWidth && IsDense(sequences) ? LargeWidth : UsualWidth;

    // With large batches an epoch of small data has too few steps to learn in. Items that are seen rarely need small batches too, unless targets
    // out of order make the gradient noisier.
    private static int TokensPerBatch(long events, bool manySmallSteps) =>
        (int)Math.Clamp(events / StepsPerEpoch, FewestTokens, manySmallSteps ? MostTokensOfSmallSteps : MostTokens);

    // Twice as many events make twice as many small steps: half the rate.
    private static double LowerRate(long events) =>
        Math.Round(Math.Clamp(UsualRate * MostEventsOfUsualRate / Math.Max(events, 1), LowestRate, UsualRate), 4);

    private static bool IsDense(SequenceDataset sequences) => sequences.NumberOfEvents / LeastEventsAnItemWhenDense >= sequences.NumberOfItems;

    // The fewer the events, the sooner a model memorises them. Between the bounds linear in the logarithm, to two decimals.
    private static double Dropout(long events)
    {
        double share = Math.Clamp(Math.Log(Math.Max(events, 1) / FewEvents) / Math.Log(ManyEvents / FewEvents), 0, 1);
        return Math.Round(StrongDropout + share * (WeakDropout - StrongDropout), 2);
    }

    // Targets out of order help where order says little, and hurt where it matters.
    private static double LaterTargetRate(SequenceDataset sequences, bool excludeSeenItems, Action throwIfCancelled) =>
        OrderSignal.IsWeak(sequences, excludeSeenItems, throwIfCancelled) ? LaterTargetsWithoutOrder : 0;
}
