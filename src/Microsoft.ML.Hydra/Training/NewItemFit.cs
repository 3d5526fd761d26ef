using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Prior;
using Microsoft.ML.Hydra.Scoring;
using static System.FormattableString;

namespace Microsoft.ML.Hydra.Training;

/// <summary>
/// Fits how new items enter a model. The stand-ins, items from whose features W has not learned, are treated as new: they lose their own parts and their counted
/// links. The numbers are those with the best NDCG@10 for events of these items at which the other events lose no more of theirs than
/// <see cref="TrainerOptions.MaximumLossToNewItems"/>.
/// </summary>
internal static class NewItemFit
{
    private const int MostEvents = 2048;    // of stand-ins, and of others
    private const int FewestEvents = 20;    // fewer say nothing

    private static readonly double[] s_scales = [0.5, 1];
    private static readonly double[] s_powers = [2, 4, 8];

    /// <summary>A trained model with the encoder of new items and its calibration.</summary>
    /// <param name="fitted">The model with its prior.</param>
    /// <param name="trained">What was trained, with features.</param>
    /// <param name="monitor">Receives the result, and is asked for cancellation where a cancelled fit throws.</param>
    public static FittedModel AddTo(FittedModel fitted, TrainingResult trained, TrainingMonitor monitor)
    {
        ItemFeatures items = trained.Items!;
        Action throwIfCancelled = fitted.Options.CancellationBehavior == CancellationBehavior.ReturnBestModel ? () => { } : monitor.ThrowIfCancelled;
        ItemEncoder encoder = ItemEncoder.Fold(items.Space, trained.FeatureMap(), fitted.Options.EmbeddingDimension, items.Content);
        float[] mapped = trained.MappedFeatures()!;
        FittedModel withEncoder = fitted with { Items = new ItemKnowledge(encoder, MappedCodes.Of(mapped, encoder.Width), NewItemCalibration.None) };
        if (trained.Data.ValidationSequences.Length == 0 || items.StandIns.Length == 0)
        {
            WarnOfTooFew(0);
            return withEncoder;
        }

        StandInEvents heldOut = StandInEvents.Prepare(withEncoder, trained, mapped, throwIfCancelled);
        if (heldOut.NumberOfNewEvents < FewestEvents)
        {
            WarnOfTooFew(heldOut.NumberOfNewEvents);
            return withEncoder;
        }

        NewItemTrial? best = null;
        foreach (double power in s_powers)
        {
            throwIfCancelled();
            ItemLinks links = heldOut.FindLinks(power);
            foreach (double scale in s_scales)
            {
                NewItemTrial trial = heldOut.FindShare(links, power, scale);
                best = best is null || trial.NdcgOfNew > best.NdcgOfNew ? trial : best;
            }
        }

        monitor.NewItemsFitted(best!);
        return withEncoder with { Items = withEncoder.Items! with { Calibration = best!.Calibration } };

        void WarnOfTooFew(int events) => monitor.Warning(Invariant(
            $"New items may rank low: to fit how they enter the model, {FewestEvents} held-out events of items that stand in for new ones are needed, and there are {events}. Train on more sequences, with Validation = LeaveLastOut."));
    }

    /// <summary>Lets the items without events enter a model: those with rows, and those that only the view of items has.</summary>
    /// <param name="fitted">The model with its encoder.</param>
    /// <param name="trained">What was trained, with features.</param>
    /// <param name="numberLeftOut">Receives how many items of the view the encoder knows nothing of.</param>
    public static FittedModel EnterItemsWithoutEvents(FittedModel fitted, TrainingResult trained, out int numberLeftOut)
    {
        ItemFeatures items = trained.Items!;
        int width = fitted.Options.EmbeddingDimension, threads = fitted.Options.NumberOfThreads ?? Environment.ProcessorCount;
        float[] mapped = trained.MappedFeatures()!;
        float[] ofThese = [.. items.WithoutEvents.SelectMany(row => mapped.AsSpan(row * width, width).ToArray())];
        FittedModel entered = items.WithoutEvents.Length == 0 ? fitted : NewItems.Enter(fitted, items.WithoutEvents, ofThese, threads);
        return NewItems.Append(entered, items.Content, threads, out numberLeftOut);
    }

    // Evenly spread, without randomness.
    private static IEnumerable<T> Sample<T>(List<T> all) =>
        Enumerable.Range(0, Math.Min(all.Count, MostEvents)).Select(i => all[(int)((long)i * all.Count / Math.Min(all.Count, MostEvents))]);

    /// <summary>One held-out event and the model's scores without the new items.</summary>
    /// <param name="History">The last item rows before it, as many as a prior reads.</param>
    /// <param name="NewLabel">The place of its item among the new ones; -1 for an item with events.</param>
    /// <param name="LabelScore">Score of an item with events, its prior included.</param>
    /// <param name="Better">The best scores of other items with events.</param>
    /// <param name="NewScores">Scores of the new items at scale 1, without links.</param>
    private sealed record HeldOutEvent(int[] History, int NewLabel, float LabelScore, float[] Better, float[] NewScores);

    /// <summary>The held-out events as they are when the stand-ins are new.</summary>
    private sealed class StandInEvents
    {
        private readonly FittedModel _model;
        private readonly int[] _new;
        private readonly CooccurrencePrior _prior;
        private readonly List<HeldOutEvent> _events = [];
        private readonly double _ndcgOfOthers;
        private readonly bool[] _isNew;

        private StandInEvents(FittedModel model, int[] newItems)
        {
            (_model, _new) = (model, newItems);
            _isNew = new bool[model.Vocabulary.Count + 1];
            Array.ForEach(newItems, row => _isNew[row] = true);
            _prior = NewItems.WithLinks(
                model.Prior is { } prior ? new CooccurrencePrior(prior.Links.Without(_isNew), prior.Shape, prior.Gain, prior.Weight) : null,
                model.Vocabulary.Count, ItemLinks.None(model.Vocabulary.Count), 1);
        }

        private StandInEvents(StandInEvents other, List<HeldOutEvent> events)
        {
            (_model, _new, _prior, _events, _isNew) = (other._model, other._new, other._prior, events, other._isNew);
            _ndcgOfOthers = events.Where(e => e.NewLabel < 0).Average(e => Gain(e, e.LabelScore, []));
        }

        public int NumberOfNewEvents => _events.Count(e => e.NewLabel >= 0);

        public static StandInEvents Prepare(FittedModel model, TrainingResult trained, float[] mapped, Action throwIfCancelled)
        {
            int width = model.Options.EmbeddingDimension;
            int[] rows = trained.Items!.StandIns;
            NamedTensor vectors = model.Weights.Single(weight => weight.Name == EncoderWeights.ItemVectors);
            var table = (float[])vectors.Values<float>().Clone();
            foreach (int row in rows)
            {
                mapped.AsSpan(row * width, width).CopyTo(table.AsSpan(row * width));
            }

            var unasked = new StandInEvents(model, rows);
            FittedModel scored = model with
            {
                Prior = null,
                Weights = [.. model.Weights.Select(weight => weight == vectors ? new NamedTensor(vectors.Name, vectors.Shape, table) : weight)],
            };
            using SharedModel.Lease lease = scored.Share(model.Options.NumberOfThreads ?? Environment.ProcessorCount).Acquire();
            List<HeldOutEvent> events = unasked.Ask(trained.Data, lease.Score, throwIfCancelled);
            return events.Any(e => e.NewLabel < 0) ? new StandInEvents(unasked, events) : unasked;
        }

        public ItemLinks FindLinks(double power) => NewItems.FindLinks(
            _model.Items!.Codes.ToVectors(), _model.Items.Codes.Width, _new, power, _model.Options.NumberOfThreads ?? Environment.ProcessorCount);

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

        private List<HeldOutEvent> Ask(TrainingData data, BatchScorer scorer, Action throwIfCancelled)
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
    }
}

/// <summary>A calibration of new items and how well it does on held-out events.</summary>
/// <param name="Calibration">The calibration.</param>
/// <param name="NdcgOfNew">NDCG@10 of events of items that stood in for new ones, in the full catalogue.</param>
/// <param name="NdcgOfOthers">NDCG@10 of the other events.</param>
/// <param name="NdcgOfOthersAlone">… and without the new items.</param>
internal sealed record NewItemTrial(NewItemCalibration Calibration, double NdcgOfNew, double NdcgOfOthers, double NdcgOfOthersAlone);
