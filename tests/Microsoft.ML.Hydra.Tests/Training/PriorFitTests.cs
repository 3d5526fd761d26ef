using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Prior;
using Microsoft.ML.Hydra.Scoring;
using Microsoft.ML.Hydra.Tests.Items;
using Microsoft.ML.Hydra.Tests.Scoring;
using Microsoft.ML.Hydra.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Training;

public sealed class PriorFitTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Its_NDCG_is_that_of_the_full_ranking(bool excludeSeenItems)
    {
        TrainingData data = Split(Rings());
        var model = new FakeScorer(60);

        PriorFitResult fit = PriorFit.Fit(data, model.Score, excludeSeenItems, countHeldOut: false, () => { });

        Assert.Equal(Ndcg(data, excludeSeenItems, null), fit.NdcgWithout, 12);
        Assert.Equal(Ndcg(data, excludeSeenItems, fit.Prior), fit.NdcgWith, 12);
        Assert.True(fit.NdcgWith > 3 * fit.NdcgWithout, $"{fit.NdcgWithout} without, {fit.NdcgWith} with");
    }

    [Fact]
    public void Held_out_events_are_counted_only_when_asked_for_and_never_while_choosing()
    {
        TrainingData data = Split(Rings());
        var model = new FakeScorer(60);

        PriorFitResult strict = PriorFit.Fit(data, model.Score, true, countHeldOut: false, () => { });
        PriorFitResult all = PriorFit.Fit(data, model.Score, true, countHeldOut: true, () => { });

        Assert.Equal(strict.NdcgWith, all.NdcgWith);
        AssertSame(new Cooccurrences(data.TrainEvents()).Count(strict.Prior!.Shape.Reach, strict.Prior.Shape.Backward, () => { }), strict.Prior.Links);
        AssertSame(new Cooccurrences(data.Sequences).Count(all.Prior!.Shape.Reach, all.Prior.Shape.Backward, () => { }), all.Prior.Links);
        Assert.NotEqual(Weights(strict.Prior.Links), Weights(all.Prior.Links));
    }

    [Fact]
    public void Histories_without_order_are_counted_far()
    {
        // Items of one basket, eleven others that occur only once between any two: too far apart for what follows what
        var random = new Random(5);
        SequenceDataset baskets = SampleSequences.Of(30 + (240 * 22), [.. Enumerable.Range(0, 240).Select(i =>
        {
            int[] basket = [.. Enumerable.Range(1 + (10 * (i % 3)), 10)];
            random.Shuffle(basket);
            int[] others = [.. Enumerable.Range(31 + (22 * i), 22)];
            return (int[])[basket[0], .. others[..11], basket[1], .. others[11..], basket[2]];
        })]);

        PriorFitResult fit = PriorFit.Fit(Split(baskets), new FakeScorer(baskets.NumberOfItems).Score, true, false, () => { });

        Assert.Equal(CooccurrenceReach.Far, fit.Prior!.Shape.Reach);
        Assert.Contains(fit.Prior.Shape.Decay, new[] { 0.85, 0.93, 1 });
    }

    [Fact]
    public void There_is_none_without_held_out_events_or_where_the_model_knows_better()
    {
        SequenceDataset rings = Rings();
        var nothing = TrainingData.Split(rings, SequenceValidation.None, 0, new Random(1));
        Assert.Null(PriorFit.Fit(nothing, new FakeScorer(60).Score, true, true, () => { }).Prior);

        TrainingData data = Split(rings);
        PriorFitResult perfect = PriorFit.Fit(data, (items, _, offsets, scores) => Perfect(data, items, offsets, scores), false, true, () => { });
        Assert.Null(perfect.Prior);
        Assert.Equal(1, perfect.NdcgWithout);
    }

    [Fact]
    public void The_model_is_asked_with_the_times_of_the_histories()
    {
        int[] items = [.. Enumerable.Range(0, 40).Select(i => 1 + (i % 7))];
        float[] times = [.. items.SelectMany((item, i) => new[] { item, (float)i })];
        TrainingData data = Split(new SequenceDataset(items, [0, 12, 25, 40], 60, times));
        int asked = 0;
        PriorFit.Fit(data, (rows, read, _, scores) =>
        {
            asked += rows.Length;
            Assert.Equal(2 * rows.Length, read.Length);
            for (int i = 0; i < rows.Length; i++)
            {
                Assert.Equal(rows[i], read[2 * i]);
            }

            scores.Clear();
        }, false, true, () => { });

        Assert.Equal(37, asked);
    }

    [Fact]
    public void It_stops_when_cancelled() => Assert.Throws<OperationCanceledException>(() =>
        PriorFit.Fit(Split(Rings()), new FakeScorer(60).Score, true, true, () => throw new OperationCanceledException()));

    // Walks around a ring of 60 items, mostly forwards by one
    private static SequenceDataset Rings()
    {
        var random = new Random(3);
        return SampleSequences.Of(60, [.. Enumerable.Range(0, 80).Select(_ =>
        {
            int at = random.Next(60);
            return Enumerable.Range(0, random.Next(4, 25)).Select(_ => 1 + (at = (at + (random.Next(5) == 0 ? random.Next(60) : 1)) % 60)).ToArray();
        })]);
    }

    private static TrainingData Split(SequenceDataset sequences) => TrainingData.Split(sequences, SequenceValidation.LeaveLastOut, 0, new Random(1));

    private static double Ndcg(TrainingData data, bool excludeSeenItems, CooccurrencePrior? prior)
    {
        double sum = 0;
        foreach (int sequence in data.ValidationSequences)
        {
            float[] scores = FakeScorer.After(data.History(sequence), 60);
            if (prior is not null)
            {
                new PriorScorer(prior).AddToAll(data.History(sequence), scores);
            }

            ulong seen = 0;
            foreach (int row in excludeSeenItems ? data.History(sequence) : default)
            {
                seen |= 1UL << row;
            }

            int rank = Ranking.RankOf(scores, data.Label(sequence), new CandidateMask([seen]));
            sum += rank is > 0 and <= 10 ? 1 / Math.Log2(rank + 1) : 0;
        }

        return sum / data.ValidationSequences.Length;
    }

    // Knows the held-out item by the history; gives it the highest score
    private static void Perfect(TrainingData data, ReadOnlySpan<int> items, ReadOnlySpan<int> offsets, Span<float> scores)
    {
        scores.Clear();
        for (int i = 0; i < offsets.Length - 1; i++)
        {
            foreach (int sequence in data.ValidationSequences)
            {
                if (data.History(sequence).SequenceEqual(items[offsets[i]..offsets[i + 1]]))
                {
                    scores[(i * 61) + data.Label(sequence)] = 1000;
                }
            }
        }
    }

    private static void AssertSame(ItemLinks expected, ItemLinks actual) => Assert.Equal(Weights(expected), Weights(actual));

    private static float[] Weights(ItemLinks links) => [.. Enumerable.Range(1, links.NumberOfItems).SelectMany(row => links.Weights(row).ToArray())];
}
