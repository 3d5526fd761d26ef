using Microsoft.ML.Hydra.Cooccurrence;
using Microsoft.ML.Hydra.Data;
using Microsoft.ML.Hydra.Scoring;
using Options = Microsoft.ML.Hydra.HydraSequenceRecommendationTrainer.Options;

namespace Microsoft.ML.Hydra.Training;

/// <summary>
/// Fits a co-occurrence prior to a trained model: pairs are counted in the events that were trained on, and the prior's few numbers are
/// those with the best NDCG@10 on the held-out ones.
/// </summary>
internal static class PriorFit
{
    private const int MostSequences = 4096;

    private static readonly double[] s_backward = [0.3, 0, 1];
    private static readonly double[] s_decays = [0.85, 0.7, 0.93];
    private static readonly double[] s_gains = [1000, 100, 10_000];
    private static readonly double[] s_weights = [0.2, 0.35, 0.5, 0.7, 1, 1.4, 2, 2.8];

    /// <summary>A trained model with the prior that suits it, if its options want one.</summary>
    /// <param name="trained">The model without a prior.</param>
    /// <param name="data">What was trained on and what was held out.</param>
    /// <param name="monitor">Who is told, and asked for cancellation where a cancelled fit throws: a best model that is wanted gets its prior.</param>
    public static FittedModel AddTo(FittedModel trained, TrainingData data, TrainingMonitor monitor)
    {
        Options options = trained.Options;
        if (!options.UseCooccurrencePrior)
        {
            return trained;
        }

        using SharedModel.Lease lease = HydraLoading.Share(trained).Acquire();
        Action throwIfCancelled = options.CancellationBehavior == CancellationBehavior.ReturnBestModel ? () => { } : monitor.ThrowIfCancelled;
        PriorFitResult fit = Fit(data, lease.Score, options.ExcludeSeenItems, options.CountValidationEvents, throwIfCancelled);
        monitor.PriorFitted(fit);
        return fit.Prior is null ? trained : trained with { Prior = fit.Prior, ValidationNdcgAt10 = fit.NdcgWith };
    }

    /// <summary>Fits a prior.</summary>
    /// <param name="data">What was trained on and what was held out.</param>
    /// <param name="scorer">The trained model.</param>
    /// <param name="excludeSeenItems">Whether items of the history are left out of the ranking.</param>
    /// <param name="countHeldOut">Whether the held-out events are counted too, once the numbers are chosen.</param>
    /// <param name="throwIfCancelled">Asked often.</param>
    /// <returns>The prior, or none where nothing is held out or none is better.</returns>
    public static PriorFitResult Fit(TrainingData data, BatchScorer scorer, bool excludeSeenItems, bool countHeldOut, Action throwIfCancelled)
    {
        if (data.ValidationSequences.Length == 0)
        {
            return new PriorFitResult(null, double.NaN, double.NaN);
        }

        var counted = new Cooccurrences(data.TrainEvents());
        ItemLinks[] links = Array.ConvertAll(s_backward, counted.Count);
        int[] asked = Sample(data.ValidationSequences);
        List<HeldOutRanking> rankings = new HeldOutRankings(data, excludeSeenItems, links).Ask(asked, scorer, throwIfCancelled);
        if (rankings.Count == 0)
        {
            return new PriorFitResult(null, 0, 0);    // every label is excluded
        }

        var search = new PriorSearch(rankings, asked.Length, data.Sequences.NumberOfItems, s_gains, s_weights);
        double before = search.Best.Ndcg;
        for (int i = 0; i < links.Length; i++)
        {
            throwIfCancelled();
            search.Try(links[i], new CooccurrenceShape(s_backward[i], s_decays[0]));
        }

        PriorCandidate first = search.Best;
        foreach (double decay in s_decays.AsSpan(1))
        {
            throwIfCancelled();
            search.Try(links[Array.IndexOf(s_backward, first.Shape.Backward)], first.Shape with { Decay = decay });
        }

        return new PriorFitResult(Build(search.Best, countHeldOut ? new Cooccurrences(data.Sequences) : counted), before, search.Best.Ndcg);
    }

    private static CooccurrencePrior? Build(PriorCandidate best, Cooccurrences counted) =>
        best.Weight == 0 ? null : new CooccurrencePrior(counted.Count(best.Shape.Backward), best.Shape, best.Gain, best.Weight);

    // Evenly spread, so that it needs no chance
    private static int[] Sample(int[] sequences)
    {
        if (sequences.Length <= MostSequences)
        {
            return sequences;
        }

        var sample = new int[MostSequences];
        for (int i = 0; i < sample.Length; i++)
        {
            sample[i] = sequences[(long)i * sequences.Length / sample.Length];
        }

        return sample;
    }
}
