using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Prior;
using Microsoft.ML.Hydra.Scoring;

namespace Microsoft.ML.Hydra.Training;

/// <summary>The held-out events as they are when the stand-ins are new.</summary>
internal sealed class StandInEvents
{
    private const int MostEvents = 2048;    // of stand-ins, and of others

    private readonly FittedModel _model;
    private readonly int[] _new;
    private readonly CooccurrencePrior _prior;
    private readonly List<HeldOutEvent> _events;
    private readonly double _ndcgOfOthers;
    private readonly bool[] _isNew;

    private StandInEvents(FittedModel model, int[] newItems, TrainingData data, DomainScorers scorer, Action throwIfCancelled)
    {
        (_model, _new) = (model, newItems);
        _isNew = new bool[model.Vocabulary.Count + 1];
        Array.ForEach(newItems, row => _isNew[row] = true);
        _prior = NewItems.WithLinks(
            model.Prior is { } prior ? new CooccurrencePrior(prior.Links.Without(_isNew), prior.Shape, prior.Gain, prior.Weight) : null,
            model.Vocabulary.Count, ItemLinks.None(model.Vocabulary.Count), 1);
        _events = FindEvents(data, scorer, throwIfCancelled);
        _ndcgOfOthers = _events.Where(e => e.NewLabel < 0).Select(e => Gain(e, e.LabelScore, [])).DefaultIfEmpty(double.NaN).Average();
    }

    /// <summary>Events of stand-ins; 0 where there are no others to compare with.</summary>
    public int NumberOfNewEvents => double.IsNaN(_ndcgOfOthers) ? 0 : _events.Count(e => e.NewLabel >= 0);

    /// <summary>Asks a model, in which the stand-ins have the vectors of new items, about held-out events.</summary>
    /// <param name="model">The model with its prior and encoder.</param>
    /// <param name="trained">What was trained, with features.</param>
    /// <param name="mapped">z of its items, <c>[I + 1, d]</c>.</param>
    /// <param name="throwIfCancelled">Asked before every batch.</param>
    public static StandInEvents Ask(FittedModel model, TrainingResult trained, float[] mapped, Action throwIfCancelled)
    {
        int width = model.Options.EmbeddingDimension;
        int[] rows = trained.Items!.StandIns;
        NamedTensor vectors = model.Weights.Single(weight => weight.Name == EncoderWeights.ItemVectors);
        var table = (float[])vectors.Values<float>().Clone();
        foreach (int row in rows)
        {
            mapped.AsSpan(row * width, width).CopyTo(table.AsSpan(row * width));
        }

        FittedModel scored = model with
        {
            Prior = null,
            Weights = [.. model.Weights.Select(weight => weight == vectors ? new NamedTensor(vectors.Name, vectors.Shape, table) : weight)],
        };
        using var scorers = new FittedScorers(scored);
        return new StandInEvents(model, rows, trained.Data, scorers.All, throwIfCancelled);
    }

    public ItemLinks FindLinks(double power) => NewItems.FindLinks(
        _model.Items!.Codes.ToVectors(), _model.Items.Codes.Width, _new, power, _model.Options.NumberOfThreads ?? Environment.ProcessorCount, _model.Domains);

    /// <summary>The largest share at which the items with events lose little enough; more links never help them.</summary>
    public NewItemTrial FindShare(ItemLinks links, double power, double scale)
    {
        double[][] sums = [.. _events.Select(e => Sums(links, e.History))];
        double low = -12, high = 6;    // of the logarithm
        for (int i = 0; i < 14; i++)
        {
            double middle = (low + high) / 2;
            (_, double others) = Measure(sums, scale, Math.Exp(middle));
            (low, high) = others >= (1 - _model.Options.MaximumLossToNewItems) * _ndcgOfOthers ? (middle, high) : (low, middle);
        }

        (double ofNew, double ofOthers) = Measure(sums, scale, Math.Exp(low));
        return new NewItemTrial(new NewItemCalibration(scale, power, Math.Exp(low)), ofNew, ofOthers, _ndcgOfOthers);
    }

    private (double OfNew, double OfOthers) Measure(double[][] sums, double scale, double share)
    {
        (double ofNew, double ofOthers) = (0, 0);
        for (int i = 0; i < _events.Count; i++)
        {
            HeldOutEvent e = _events[i];
            float[] scores = Scores(e, sums[i], scale, share);
            if (e.NewLabel < 0)
            {
                ofOthers += Gain(e, e.LabelScore, scores);
            }
            else
            {
                float label = scores[e.NewLabel];
                scores[e.NewLabel] = float.NegativeInfinity;
                ofNew += Gain(e, label, scores);
            }
        }

        return (ofNew / NumberOfNewEvents, ofOthers / (_events.Count - NumberOfNewEvents));
    }

    private float[] Scores(HeldOutEvent e, double[] sums, double scale, double share)
    {
        var scores = new float[_new.Length];
        var scaled = new double[sums.Length];
        for (int i = 0; i < sums.Length; i++)
        {
            scaled[i] = share * sums[i];
        }

        _prior.FindBoosts(scaled, scores);
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] += (float)(scale * e.NewScores[i]);
        }

        return scores;
    }

    private static double Gain(HeldOutEvent e, float label, float[] newScores)
    {
        int better = e.Better.Count(score => score > label);
        for (int i = 0; i < newScores.Length && better < Ranking.Cutoff; i++)
        {
            better += newScores[i] > label ? 1 : 0;
        }

        return Ranking.Gain(better + 1);
    }

    private double[] Sums(ItemLinks links, int[] history)
    {
        var sums = new double[_new.Length];
        double[] recency = _prior.Shape.Recency();
        for (int back = 1; back <= Math.Min(recency.Length, history.Length); back++)
        {
            ReadOnlySpan<int> targets = links.Targets(history[^back]);
            ReadOnlySpan<float> weights = links.Weights(history[^back]);
            for (int i = 0; i < targets.Length; i++)
            {
                if (Array.BinarySearch(_new, targets[i]) is int place and >= 0)
                {
                    sums[place] += recency[back - 1] * weights[i];
                }
            }
        }

        return sums;
    }

    private List<HeldOutEvent> FindEvents(TrainingData data, DomainScorers scorer, Action throwIfCancelled)
    {
        int[] asked =
        [
            .. Sample([.. data.ValidationSequences.Where(sequence => _isNew[data.Label(sequence)])]),
            .. Sample([.. data.ValidationSequences.Where(sequence => !_isNew[data.Label(sequence)])]),
        ];
        var events = new List<HeldOutEvent>();
        if (asked.Length > 0)
        {
            var adder = new PriorScorer(_prior);
            new HeldOutScoring(data, _model.Options.ExcludeSeenItems).Run(asked, scorer, throwIfCancelled, (sequence, scores, candidates) =>
                events.Add(Event(data.History(sequence), data.Label(sequence), scores, candidates, adder)));
        }

        return events;
    }

    private HeldOutEvent Event(ReadOnlySpan<int> history, int label, ReadOnlySpan<float> scores, CandidateMask candidates, PriorScorer adder)
    {
        float[] raised = scores.ToArray();
        adder.AddToAll(history, raised);
        var excluded = new ulong[CandidateMask.WordCount(raised.Length)];
        candidates.Excluded.CopyTo(excluded);
        foreach (int row in _new.Append(label))
        {
            excluded[row >> 6] |= 1UL << (row & 63);
        }

        (var rows, var better) = (new int[Ranking.Cutoff], new float[Ranking.Cutoff]);
        int found = Ranking.TopK(raised, Ranking.Cutoff, new CandidateMask(excluded), rows, better);
        var newScores = new float[_new.Length];
        for (int i = 0; i < newScores.Length; i++)
        {
            newScores[i] = candidates.IsCandidate(_new[i]) ? scores[_new[i]] : float.NegativeInfinity;
        }

        int place = Array.BinarySearch(_new, label);
        return new HeldOutEvent(
            history[Math.Max(0, history.Length - CooccurrenceShape.Depth)..].ToArray(), Math.Max(place, -1), raised[label], better[..found], newScores);
    }

    // Evenly spread, without randomness.
    private static IEnumerable<T> Sample<T>(List<T> all) =>
        Enumerable.Range(0, Math.Min(all.Count, MostEvents)).Select(i => all[(int)((long)i * all.Count / Math.Min(all.Count, MostEvents))]);
}

/// <summary>One held-out event and the model's scores without the new items.</summary>
/// <param name="History">The last item rows before it, as many as a prior reads.</param>
/// <param name="NewLabel">The place of its item among the new ones; -1 for an item with events.</param>
/// <param name="LabelScore">Score of an item with events, its prior included.</param>
/// <param name="Better">The best scores of other items with events.</param>
/// <param name="NewScores">Scores of the new items at scale 1, without links.</param>
internal sealed record HeldOutEvent(int[] History, int NewLabel, float LabelScore, float[] Better, float[] NewScores);

/// <summary>A calibration of new items and how well it does on held-out events.</summary>
/// <param name="Calibration">The calibration.</param>
/// <param name="NdcgOfNew">NDCG@10 of events of items that stood in for new ones, in the full catalogue.</param>
/// <param name="NdcgOfOthers">NDCG@10 of the other events.</param>
/// <param name="NdcgOfOthersAlone">… and without the new items.</param>
internal sealed record NewItemTrial(NewItemCalibration Calibration, double NdcgOfNew, double NdcgOfOthers, double NdcgOfOthersAlone);
