using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Prior;
using Microsoft.ML.Hydra.Scoring;

namespace Microsoft.ML.Hydra.Training;

/// <summary>Collects a model's scores of held-out events.</summary>
/// <param name="data">What is held out.</param>
/// <param name="excludeSeenItems">Whether items of the history are left out of the ranking.</param>
/// <param name="links">All links that a prior may have; they decide which scores are kept.</param>
internal sealed class HeldOutRankings(TrainingData data, bool excludeSeenItems, IReadOnlyList<ItemLinks> links)
{
    private static readonly double[] s_everyItem = [.. Enumerable.Repeat(1.0, CooccurrenceShape.Depth)];

    private readonly LinkSums _reached = new(data.Sequences.NumberOfItems);
    private readonly int[] _bestRows = new int[Ranking.Cutoff + 1];
    private readonly float[] _bestScores = new float[Ranking.Cutoff + 1];

    /// <summary>Scores after the histories of held-out events.</summary>
    /// <param name="sequences">Which sequences.</param>
    /// <param name="scorer">The model.</param>
    /// <param name="throwIfCancelled">Asked before every batch.</param>
    /// <returns>One for each sequence, except those whose label is itself excluded.</returns>
    public List<HeldOutRanking> Ask(ReadOnlySpan<int> sequences, DomainScorers scorer, Action throwIfCancelled)
    {
        var rankings = new List<HeldOutRanking>();
        new HeldOutScoring(data, excludeSeenItems).Run(sequences, scorer, throwIfCancelled, (sequence, scores, candidates) =>
        {
            int label = data.Label(sequence);
            ReadOnlySpan<int> history = data.History(sequence);
            if (!excludeSeenItems || !history.Contains(label))
            {
                rankings.Add(Keep(history, label, scores, candidates) with { Domain = data.Sequences.DomainOf(sequence) });
            }
        });

        return rankings;
    }

    private HeldOutRanking Keep(ReadOnlySpan<int> history, int label, ReadOnlySpan<float> scores, CandidateMask candidates)
    {
        foreach (ItemLinks links in links)
        {
            _reached.Add(links, history, s_everyItem);
        }

        int best = Ranking.TopK(scores, _bestRows.Length, candidates, _bestRows, _bestScores);
        var rows = new SortedSet<int>(_bestRows[..best]);
        foreach (int row in _reached.Reached)
        {
            if (candidates.IsCandidate(row))
            {
                rows.Add(row);
            }
        }

        _reached.Clear();
        rows.Remove(label);
        int[] others = [.. rows];
        var kept = new float[others.Length];
        for (int i = 0; i < kept.Length; i++)
        {
            kept[i] = scores[others[i]];
        }

        return new HeldOutRanking(history[Math.Max(0, history.Length - CooccurrenceShape.Depth)..].ToArray(), label, scores[label], others, kept);
    }
}

/// <summary>
/// The scores of one held-out event: that of the label, and those of enough other items to find the label's rank among the first ten with
/// any prior. A prior only raises scores, so an item that passes the label is one that links lead to, or one of the model's best ten.
/// </summary>
/// <param name="History">The last items before the event, as many as a prior reads, oldest first.</param>
/// <param name="Label">Row of the item that came next.</param>
/// <param name="LabelScore">Its score.</param>
/// <param name="Rows">Other candidates, ascending: those that links lead to and the best ten.</param>
/// <param name="Scores">Their scores.</param>
internal sealed record HeldOutRanking(int[] History, int Label, float LabelScore, int[] Rows, float[] Scores)
{
    /// <summary>The domain of its sequence.</summary>
    public int Domain { get; init; }

    /// <summary>The label's rank, counted up to 11.</summary>
    /// <param name="boosts">What a prior adds to the label, then to each of <see cref="Rows"/>, each with the weight 1.</param>
    /// <param name="weight">Weight of the prior.</param>
    public int Rank(ReadOnlySpan<float> boosts, double weight)
    {
        float w = (float)weight, label = LabelScore + (w * boosts[0]);
        int better = 0;
        for (int i = 0; i < Rows.Length && better < 10; i++)
        {
            float score = Scores[i] + (w * boosts[i + 1]);
            better += score > label || (score == label && Rows[i] < Label) ? 1 : 0;
        }

        return better + 1;
    }

    /// <summary>The sums of the links to each row.</summary>
    /// <param name="sums">The sums after this history.</param>
    /// <param name="linked">Receives the sum of the label, then that of each of <see cref="Rows"/>.</param>
    public void FindSums(LinkSums sums, Span<double> linked)
    {
        linked[0] = sums[Label];
        for (int i = 0; i < Rows.Length; i++)
        {
            linked[i + 1] = sums[Rows[i]];
        }
    }
}

/// <summary>A fitted model at work on held-out events, with the encoder of each domain.</summary>
internal sealed class FittedScorers : IDisposable
{
    private readonly SharedModel.Lease[] _leases;

    /// <param name="model">The model; as many threads score as its options say.</param>
    public FittedScorers(FittedModel model) => _leases =
        [.. model.ShareEncoders(model.Options.NumberOfThreads ?? Environment.ProcessorCount).Select(encoder => encoder.Acquire())];

    /// <summary>The scorers of all domains.</summary>
    public DomainScorers All => new(domain => _leases[_leases.Length == 1 ? 0 : domain].Score);

    public void Dispose() => Array.ForEach(_leases, lease => lease.Dispose());
}
