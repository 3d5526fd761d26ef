using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
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
    private const double UsualShare = 0.03;

    // Each kind of counting is tried with the first decay of its reach; then the best of them with the other decays.
    private static readonly (CooccurrenceReach Reach, double Backward)[] s_countings =
    [
        (CooccurrenceReach.Near, 0.3), (CooccurrenceReach.Near, 0), (CooccurrenceReach.Near, 1), (CooccurrenceReach.Far, 1),
    ];

    private static readonly double[] s_nearDecays = [0.85, 0.7, 0.93];
    private static readonly double[] s_farDecays = [0.93, 0.85, 1];
    private static readonly double[] s_powers = [1, 2, 4, 8];
    private static readonly double[] s_otherShares = [0.003, 0.01, 0.1, 0.3, 1];
    private static readonly double[] s_gains = [1000, 100, 10_000];
    private static readonly double[] s_weights = [0.2, 0.35, 0.5, 0.7, 1, 1.4, 2, 2.8];

    /// <summary>A trained model with the prior that suits it, if its options ask for one.</summary>
    /// <param name="trained">The model without a prior.</param>
    /// <param name="data">What was trained on and what was held out.</param>
    /// <param name="monitor">Receives the result, and is asked for cancellation where a cancelled fit throws: a best model that is returned gets its prior.</param>
    /// <param name="items">What was read of the items besides the events; null for nothing.</param>
    public static FittedModel AddTo(FittedModel trained, TrainingData data, TrainingMonitor monitor, ItemFeatures? items = null)
    {
        TrainerOptions options = trained.Options;
        if (!options.UseCooccurrencePrior)
        {
            return trained;
        }

        using var scorers = new FittedScorers(trained);
        Action throwIfCancelled = options.CancellationBehavior == CancellationBehavior.ReturnBestModel ? () => { } : monitor.ThrowIfCancelled;
        FeatureNeighbors? neighbors = items is null ? null : FeatureNeighbors.Find(items.Inputs.Features, throwIfCancelled, data.Sequences.Domains);
        PriorFitResult fit = Fit(data, scorers.All, options.ExcludeSeenItems, options.CountValidationEvents, throwIfCancelled, neighbors);
        monitor.PriorFitted(fit);
        return double.IsNaN(fit.NdcgWith) ? trained : trained with { Prior = fit.Prior, ValidationNdcgAt10 = fit.NdcgWith };
    }

    /// <summary>Fits a prior to a model with one encoder.</summary>
    /// <inheritdoc cref="Fit(TrainingData, DomainScorers, bool, bool, Action, FeatureNeighbors?)"/>
    public static PriorFitResult Fit(
        TrainingData data, BatchScorer scorer, bool excludeSeenItems, bool countHeldOut, Action throwIfCancelled, FeatureNeighbors? neighbors = null) =>
        Fit(data, (DomainScorers)scorer, excludeSeenItems, countHeldOut, throwIfCancelled, neighbors);

    /// <summary>Fits a prior.</summary>
    /// <param name="data">What was trained on and what was held out.</param>
    /// <param name="scorer">The trained model.</param>
    /// <param name="excludeSeenItems">Whether items of the history are left out of the ranking.</param>
    /// <param name="countHeldOut">Whether the held-out events are counted too, once the numbers are chosen.</param>
    /// <param name="throwIfCancelled">Asked often.</param>
    /// <param name="neighbors">The items that are alike by words and numbers; null for none.</param>
    /// <returns>The prior, or none where nothing is held out or none is better.</returns>
    public static PriorFitResult Fit(
        TrainingData data, DomainScorers scorer, bool excludeSeenItems, bool countHeldOut, Action throwIfCancelled, FeatureNeighbors? neighbors = null)
    {
        if (data.ValidationSequences.Length == 0)
        {
            return new PriorFitResult(null, double.NaN, double.NaN);
        }

        var counted = new Cooccurrences(data.TrainEvents());
        ItemLinks[] links = Array.ConvertAll(s_countings, counting => counted.Count(counting.Reach, counting.Backward, throwIfCancelled));
        int[] asked = Sample(data.ValidationSequences);
        List<HeldOutRanking> rankings = new HeldOutRankings(data, excludeSeenItems, neighbors is null ? links : [.. links, neighbors.Links(s_powers[0])]).Ask(asked, scorer, throwIfCancelled);
        if (rankings.Count == 0)
        {
            return new PriorFitResult(null, 0, 0);    // every label is excluded
        }

        var search = new PriorSearch(rankings, EventShares.Of(asked, data.Sequences), data.Sequences.NumberOfItems, s_gains, s_weights);
        double before = search.Best.Ndcg;
        for (int i = 0; i < links.Length; i++)
        {
            throwIfCancelled();
            (CooccurrenceReach reach, double backward) = s_countings[i];
            search.Try(links[i], new CooccurrenceShape(reach, backward, Decays(reach)[0]));
        }

        CooccurrenceShape first = search.Best.Weight > 0 ? search.Best.Shape : new CooccurrenceShape(s_countings[0].Reach, s_countings[0].Backward, s_nearDecays[0]);
        ItemLinks chosen = search.Best.Weight > 0 ? links[Array.IndexOf(s_countings, (first.Reach, first.Backward))] : ItemLinks.None(data.Sequences.NumberOfItems);
        LikenessLinks? likeness = FindLikeness(search, chosen, neighbors, first, throwIfCancelled);
        if (search.Best.Weight == 0)
        {
            return new PriorFitResult(null, before, before);
        }

        ItemLinks all = likeness?.AddTo(chosen) ?? chosen;
        foreach (double decay in Decays(first.Reach).AsSpan(1))
        {
            throwIfCancelled();
            search.Try(all, first with { Decay = decay });
        }

        PriorCandidate best = search.Best;
        if (countHeldOut && chosen.NumberOfLinks > 0)
        {
            chosen = new Cooccurrences(data.Sequences).Count(first.Reach, first.Backward, throwIfCancelled);
            all = likeness?.AddTo(chosen) ?? chosen;
        }

        return new PriorFitResult(new CooccurrencePrior(all, best.Shape, best.Gain, best.Weight), before, best.Ndcg, likeness);
    }

    // The links between items that are alike which make the prior better; null where none do. First the power, then the share.
    private static LikenessLinks? FindLikeness(
        PriorSearch search, ItemLinks counted, FeatureNeighbors? neighbors, CooccurrenceShape shape, Action throwIfCancelled)
    {
        if (neighbors is null)
        {
            return null;
        }

        LikenessLinks? best = null;
        Array.ForEach(s_powers, power => Try(new LikenessLinks(neighbors.Links(power), power, UsualShare)));
        LikenessLinks first = best ?? new LikenessLinks(neighbors.Links(s_powers[0]), s_powers[0], UsualShare);
        Array.ForEach(s_otherShares, share => Try(first with { Share = share }));
        return best;

        void Try(LikenessLinks tried)
        {
            throwIfCancelled();
            double before = search.Best.Ndcg;
            search.Try(tried.AddTo(counted), shape);
            best = search.Best.Ndcg > before ? tried : best;
        }
    }

    private static double[] Decays(CooccurrenceReach reach) => reach == CooccurrenceReach.Near ? s_nearDecays : s_farDecays;

    // Evenly spread, without randomness
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

/// <summary>The result of fitting a prior.</summary>
/// <param name="Prior">The prior, or <see langword="null"/> where none is better.</param>
/// <param name="NdcgWithout">NDCG@10 of the model on the held-out events that it was fitted on; NaN when there are none.</param>
/// <param name="NdcgWith">… and of model and prior together.</param>
/// <param name="Likeness">The links between items that are alike in it; null for none.</param>
internal sealed record PriorFitResult(CooccurrencePrior? Prior, double NdcgWithout, double NdcgWith, LikenessLinks? Likeness = null);

/// <summary>Links between items that are alike by words and numbers.</summary>
/// <param name="Links">The links: cosines to a power.</param>
/// <param name="Power">The power.</param>
/// <param name="Share">Their factor beside the counted links.</param>
internal sealed record LikenessLinks(ItemLinks Links, double Power, double Share)
{
    /// <summary>Counted links with these.</summary>
    public ItemLinks AddTo(ItemLinks counted) => ItemLinks.Sum(counted, Links, Share, Cooccurrences.MaximumLinks);
}

/// <summary>How much held-out events count, so that the mean over them is the mean of the domains.</summary>
/// <param name="weights">Weight of an event of each domain; their sum over the events is <paramref name="total"/>.</param>
/// <param name="total">Number of events.</param>
internal sealed class EventShares(double[] weights, int total)
{
    /// <summary>Number of events, and the sum of their weights.</summary>
    public int Total => total;

    /// <summary>The weight of an event of a domain.</summary>
    public double WeightOf(int domain) => weights[domain];

    /// <summary>Those of held-out events; with one domain each counts 1.</summary>
    public static EventShares Of(int[] sequences, SequenceDataset data)
    {
        var events = new int[data.Domains?.Count ?? 1];
        Array.ForEach(sequences, sequence => events[data.DomainOf(sequence)]++);
        int present = events.Count(count => count > 0);
        return new EventShares(Array.ConvertAll(events, count => present == 1 ? 1 : sequences.Length / ((double)count * present)), sequences.Length);
    }
}

/// <summary>Tries priors on held-out events and keeps the best. Of equals the first is kept, and no prior comes first.</summary>
internal sealed class PriorSearch
{
    private readonly IReadOnlyList<HeldOutRanking> _rankings;
    private readonly EventShares _shares;
    private readonly double[] _gains;
    private readonly double[] _weights;
    private readonly LinkSums _sums;
    private readonly double[] _linked;
    private readonly float[] _boosts;

    /// <param name="rankings">The held-out events; at least one.</param>
    /// <param name="shares">All held-out events; those that cannot be ranked count as misses.</param>
    /// <param name="numberOfItems">Size of the catalogue.</param>
    /// <param name="gains">Gains to try.</param>
    /// <param name="weights">Weights to try with each gain.</param>
    public PriorSearch(IReadOnlyList<HeldOutRanking> rankings, EventShares shares, int numberOfItems, double[] gains, double[] weights)
    {
        (_rankings, _shares, _gains, _weights) = (rankings, shares, gains, weights);
        _sums = new LinkSums(numberOfItems);
        int longest = rankings.Max(ranking => ranking.Rows.Length) + 1;
        (_linked, _boosts) = (new double[longest], new float[longest]);
        Best = new PriorCandidate(default, 0, 0, rankings.Sum(ranking => shares.WeightOf(ranking.Domain) * Ranking.Gain(ranking.Rank(_boosts, 0))) / shares.Total);
    }

    public PriorCandidate Best { get; private set; }

    /// <summary>Tries every gain and weight with some links.</summary>
    public void Try(ItemLinks links, CooccurrenceShape shape)
    {
        var ndcg = new double[_gains.Length, _weights.Length];
        double[] recency = shape.Recency();
        foreach (HeldOutRanking ranking in _rankings)
        {
            _sums.Add(links, ranking.History, recency);
            Span<double> linked = _linked.AsSpan(0, ranking.Rows.Length + 1);
            ranking.FindSums(_sums, linked);
            double weight = _shares.WeightOf(ranking.Domain);
            for (int g = 0; g < _gains.Length; g++)
            {
                CooccurrencePrior.FindLogarithms(linked, _gains[g], _boosts);
                for (int w = 0; w < _weights.Length; w++)
                {
                    ndcg[g, w] += weight * Ranking.Gain(ranking.Rank(_boosts, _weights[w]));
                }
            }

            _sums.Clear();
        }

        for (int g = 0; g < _gains.Length; g++)
        {
            for (int w = 0; w < _weights.Length; w++)
            {
                double mean = ndcg[g, w] / _shares.Total;
                if (mean > Best.Ndcg)
                {
                    Best = new PriorCandidate(shape, _gains[g], _weights[w], mean);
                }
            }
        }
    }
}

/// <summary>The numbers of a prior and how well it does.</summary>
/// <param name="Shape">How pairs are counted.</param>
/// <param name="Gain">Gain of the prior.</param>
/// <param name="Weight">Its weight; 0 is no prior.</param>
/// <param name="Ndcg">NDCG@10 on the held-out events.</param>
internal readonly record struct PriorCandidate(CooccurrenceShape Shape, double Gain, double Weight, double Ndcg);
