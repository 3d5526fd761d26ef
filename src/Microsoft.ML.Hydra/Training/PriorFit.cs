using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Prior;
using Microsoft.ML.Hydra.Scoring;

namespace Microsoft.ML.Hydra.Training;

/// <summary>
/// Fits a co-occurrence prior to a trained model: pairs are counted in the events that were trained on, and the prior's few numbers are
/// those with the best NDCG@10 on the held-out ones.
/// </summary>
internal static class PriorFit
{
    private const int MostSequences = 4096;

    // Each kind of counting is tried with the first decay of its reach, the best of them then with the others.
    private static readonly (CooccurrenceReach Reach, double Backward)[] s_countings =
    [
        (CooccurrenceReach.Near, 0.3), (CooccurrenceReach.Near, 0), (CooccurrenceReach.Near, 1), (CooccurrenceReach.Far, 1),
    ];

    private static readonly double[] s_nearDecays = [0.85, 0.7, 0.93];
    private static readonly double[] s_farDecays = [0.93, 0.85, 1];
    private static readonly double[] s_gains = [1000, 100, 10_000];
    private static readonly double[] s_weights = [0.2, 0.35, 0.5, 0.7, 1, 1.4, 2, 2.8];

    /// <summary>A trained model with the prior that suits it, if its options want one.</summary>
    /// <param name="trained">The model without a prior.</param>
    /// <param name="data">What was trained on and what was held out.</param>
    /// <param name="monitor">Who is told, and asked for cancellation where a cancelled fit throws: a best model that is wanted gets its prior.</param>
    public static FittedModel AddTo(FittedModel trained, TrainingData data, TrainingMonitor monitor)
    {
        TrainerOptions options = trained.Options;
        if (!options.UseCooccurrencePrior)
        {
            return trained;
        }

        using SharedModel.Lease lease = HydraLoading.Share(trained, options.NumberOfThreads ?? Environment.ProcessorCount).Acquire();
        Action throwIfCancelled = options.CancellationBehavior == CancellationBehavior.ReturnBestModel ? () => { } : monitor.ThrowIfCancelled;
        PriorFitResult fit = Fit(data, lease.Score, options.ExcludeSeenItems, options.CountValidationEvents, throwIfCancelled);
        monitor.PriorFitted(fit);
        return double.IsNaN(fit.NdcgWith) ? trained : trained with { Prior = fit.Prior, ValidationNdcgAt10 = fit.NdcgWith };
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
        ItemLinks[] links = Array.ConvertAll(s_countings, counting => counted.Count(counting.Reach, counting.Backward, throwIfCancelled));
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
            (CooccurrenceReach reach, double backward) = s_countings[i];
            search.Try(links[i], new CooccurrenceShape(reach, backward, Decays(reach)[0]));
        }

        if (search.Best.Weight == 0)
        {
            return new PriorFitResult(null, before, before);
        }

        CooccurrenceShape first = search.Best.Shape;
        ItemLinks chosen = links[Array.IndexOf(s_countings, (first.Reach, first.Backward))];
        foreach (double decay in Decays(first.Reach).AsSpan(1))
        {
            throwIfCancelled();
            search.Try(chosen, first with { Decay = decay });
        }

        PriorCandidate best = search.Best;
        if (countHeldOut)
        {
            chosen = new Cooccurrences(data.Sequences).Count(first.Reach, first.Backward, throwIfCancelled);
        }

        return new PriorFitResult(new CooccurrencePrior(chosen, best.Shape, best.Gain, best.Weight), before, best.Ndcg);
    }

    private static double[] Decays(CooccurrenceReach reach) => reach == CooccurrenceReach.Near ? s_nearDecays : s_farDecays;

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
