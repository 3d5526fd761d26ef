using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Prior;
using Microsoft.ML.Hydra.Scoring;
using Microsoft.ML.Hydra.Tests.Items;
using Microsoft.ML.Hydra.Tests.Model;
using Microsoft.ML.Hydra.Tests.Training;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Scoring;

public sealed class PriorScorerTests
{
    private static readonly ModelSizes s_sizes = TinyModel.Sizes with { NumberOfItems = 300 };

    public static TheoryData<double, int> Priors => new() { { 0.05, 10 }, { 1, 10 }, { 3, 10 }, { 1, 1 }, { 1, 299 }, { 1, 300 } };

    [Theory]
    [MemberData(nameof(Priors))]
    public void The_best_items_are_those_of_the_whole_catalogue_with_the_prior_added(double weight, int k)
    {
        using HydraModel model = TinyModel.Create(s_sizes, dtype: ScalarType.Float32);
        using var trained = new TrainedWeights(model);
        using var encoder = new StateEncoder(trained.Weights);
        var random = new Random(k);
        var prior = new CooccurrencePrior(new Cooccurrences(RandomWalks(random)).Count(CooccurrenceReach.Near, 0.3, () => { }), new CooccurrenceShape(CooccurrenceReach.Near, 0.3, 0.8), 300, weight);
        var scorer = new PriorScorer(prior);
        for (int trial = 0; trial < 30; trial++)
        {
            int[] history = [.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => random.Next(1, 301))];
            ulong[] excluded = new ulong[CandidateMask.WordCount(301)];
            foreach (int row in trial % 2 == 0 ? history : [])
            {
                excluded[row >> 6] |= 1UL << (row & 63);
            }

            Func<int, bool>? even = trial % 3 == 0 ? row => row % 2 == 0 : null;
            var candidates = new CandidateMask(excluded);
            var state = new SequenceState(s_sizes);
            encoder.Append(state, history, default);
            var hidden = new float[s_sizes.Width];
            encoder.Encode(state, hidden);
            (int[] rows, float[] scores) = (new int[k], new float[k]);
            int count = encoder.FindBest(hidden, candidates, even, rows, scores);
            scorer.Merge(history, new EncodedHistory(encoder, hidden), candidates, even, rows.AsSpan(0, count), scores.AsSpan(0, count));

            int[] all = [.. Enumerable.Range(0, 301)];
            var expected = new float[301];
            encoder.Score(hidden, all, expected);
            scorer.AddToAll(history, expected);
            (int Row, float Score)[] best =
            [
                .. all.Skip(1).Where(row => (excluded[row >> 6] >> (row & 63) & 1) == 0 && even?.Invoke(row) != false)
                    .Select(row => (row, expected[row])).OrderByDescending(item => item.Item2).ThenBy(item => item.row).Take(k),
            ];
            Assert.Equal(best.Select(item => item.Row), rows.Take(count));
            Assert.Equal(best.Select(item => item.Score), scores.Take(count));
        }
    }

    [Fact]
    public void A_filter_that_throws_leaves_no_sums_of_its_history()
    {
        using HydraModel model = TinyModel.Create(s_sizes, dtype: ScalarType.Float32);
        using var trained = new TrainedWeights(model);
        using var encoder = new StateEncoder(trained.Weights);
        var scorer = new PriorScorer(new(new Cooccurrences(RandomWalks(new Random(4))).Count(CooccurrenceReach.Near, 1, () => { }), new CooccurrenceShape(CooccurrenceReach.Near, 1, 0.9), 1000, 3));
        var untouched = new float[301];
        scorer.AddToAll([7, 8, 9], untouched);

        Assert.Throws<InvalidOperationException>(() => scorer.Merge(
            [1, 2, 3, 4], new EncodedHistory(encoder, new float[s_sizes.Width]), default, _ => throw new InvalidOperationException(), new int[] { 299 }, new float[1]));

        var after = new float[301];
        scorer.AddToAll([7, 8, 9], after);
        Assert.Equal(untouched, after);
    }

    [Fact]
    public void Scores_of_some_items_are_those_of_the_whole_catalogue()
    {
        var random = new Random(4);
        var scorer = new PriorScorer(new(new Cooccurrences(RandomWalks(random)).Count(CooccurrenceReach.Near, 1, () => { }), new CooccurrenceShape(CooccurrenceReach.Near, 1, 0.9), 1000, 0.5));
        var all = new float[301];
        float[] some = [0, float.NaN, 0];

        scorer.AddToAll([7, 8, 9], all);
        int reached = Array.FindIndex(all, score => score > 0);
        scorer.AddTo([7, 8, 9], [reached, 0, 300], some);

        Assert.True(reached > 0);
        Assert.Equal([all[reached], float.NaN, all[300]], some);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(129)]
    public void What_is_added_is_the_logarithm_of_the_links(int reached)
    {
        var random = new Random(reached);
        var links = new ItemLinksBuilder();
        double[] weights = [.. Enumerable.Range(0, reached).Select(_ => (double)(Half)(0.001 + random.NextDouble()))];
        for (int target = 1; target <= reached; target++)
        {
            links.Add(target, weights[target - 1]);
        }

        links.EndRow();
        for (int row = 2; row <= 300; row++)
        {
            links.EndRow();
        }

        var scorer = new PriorScorer(new(links.Build(), new CooccurrenceShape(CooccurrenceReach.Near, 1, 0.9), 50, 0.7));
        float[] scores = [.. Enumerable.Range(0, 301).Select(row => row / 100f)], some = [.. scores];
        scorer.AddToAll([1, 2, 2], scores);
        scorer.AddTo([1, 2, 2], [.. Enumerable.Range(0, 301)], some);

        for (int row = 1; row <= 300; row++)
        {
            double expected = (row / 100f) + (row <= reached ? 0.7 * Math.Log(1 + (50 * 0.81 * weights[row - 1])) : 0);
            Assert.Equal(expected, scores[row], 2e-6);
        }

        Assert.Equal(scores, some);
    }

    [Fact]
    public void A_long_history_after_a_short_one_takes_no_memory()
    {
        using HydraModel model = TinyModel.Create(s_sizes, dtype: ScalarType.Float32);
        using var trained = new TrainedWeights(model);
        using var encoder = new StateEncoder(trained.Weights);
        var prior = new CooccurrencePrior(new Cooccurrences(RandomWalks(new Random(4))).Count(CooccurrenceReach.Far, 1, () => { }), new CooccurrenceShape(CooccurrenceReach.Far, 1, 1), 1000, 3);
        var hidden = new float[s_sizes.Width];
        int[] history = [.. Enumerable.Range(1, 20)], rows = new int[10];
        var scores = new float[10];
        void Use(PriorScorer scorer, int events)
        {
            encoder.FindBest(hidden, default, null, rows, scores);
            scorer.Merge(history.AsSpan(0, events), new EncodedHistory(encoder, hidden), default, null, rows, scores);
        }

        // A new one for each measurement: memory is allocated once
        var scorers = new Queue<PriorScorer>(Enumerable.Range(0, 20).Select(_ => new PriorScorer(prior)));
        foreach (PriorScorer scorer in scorers)
        {
            Use(scorer, 1);
        }

        Assert.Equal(0, Allocations.Of(() => Use(scorers.Dequeue(), 20)));
    }

    private static Microsoft.ML.Hydra.Items.SequenceDataset RandomWalks(Random random) => SampleSequences.Of(
        300,
        [.. Enumerable.Range(0, 60).Select(_ => Enumerable.Range(0, 20).Select(_ => random.Next(1, 301)).ToArray())]);
}
