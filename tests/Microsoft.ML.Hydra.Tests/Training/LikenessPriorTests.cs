using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Prior;
using Microsoft.ML.Hydra.Scoring;
using Microsoft.ML.Hydra.Tests.Items;
using Microsoft.ML.Hydra.Tests.Numerics;
using Microsoft.ML.Hydra.Tests.Scoring;
using Microsoft.ML.Hydra.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Training;

/// <summary>Links between items that are alike, in the prior.</summary>
public sealed class LikenessPriorTests
{
    private const int Items = 240;
    private const int Kinds = 40;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Items_that_are_alike_help_where_they_follow_each_other(bool excludeSeenItems)
    {
        TrainingData data = Split(Shop());
        var model = new FakeScorer(Items);

        PriorFitResult without = PriorFit.Fit(data, model.Score, excludeSeenItems, countHeldOut: false, () => { });
        PriorFitResult with = PriorFit.Fit(data, model.Score, excludeSeenItems, countHeldOut: false, () => { }, OfKind());

        Assert.NotNull(with.Likeness);
        Assert.Equal(without.NdcgWithout, with.NdcgWithout, 12);
        Assert.True(with.NdcgWith > 2 * without.NdcgWith && with.NdcgWith > 0.1, $"{without.NdcgWith} without them, {with.NdcgWith} with them");
        Assert.Equal(with.NdcgWith, Ndcg(data, excludeSeenItems, with.Prior!), 12);
        Assert.True(with.Prior!.Links.NumberOfLinks > (without.Prior?.Links.NumberOfLinks ?? 0));
    }

    [Fact]
    public void Counts_with_the_held_out_events_keep_the_links_between_items_that_are_alike()
    {
        TrainingData data = Split(Shop());
        PriorFitResult strict = PriorFit.Fit(data, new FakeScorer(Items).Score, true, countHeldOut: false, () => { }, OfKind());

        PriorFitResult all = PriorFit.Fit(data, new FakeScorer(Items).Score, true, countHeldOut: true, () => { }, OfKind());

        Assert.Equal(strict.NdcgWith, all.NdcgWith);
        CooccurrenceShape shape = all.Prior!.Shape;
        ItemLinks counted = new Cooccurrences(data.Sequences).Count(shape.Reach, shape.Backward, () => { });
        ItemLinks expected = all.Likeness!.AddTo(counted);
        Assert.Equal(
            Enumerable.Range(1, Items).SelectMany(row => expected.Targets(row).ToArray().Zip(expected.Weights(row).ToArray())),
            Enumerable.Range(1, Items).SelectMany(row => all.Prior.Links.Targets(row).ToArray().Zip(all.Prior.Links.Weights(row).ToArray())));
    }

    [Fact]
    public void Items_that_are_alike_in_what_does_not_matter_are_left_out()
    {
        // Rings: the next item is the next number, as counting shows. Alike is only what is far away on the ring, and no held-out item.
        SequenceDataset rings = SampleSequences.Of(60, [.. Enumerable.Range(0, 60).Select(first => Enumerable.Range(first, 9).Select(i => 1 + (i % 60)).ToArray())]);
        FeatureNeighbors far = FeatureNeighbors.Find(SparseSamples.Of(30, [[], .. Enumerable.Range(0, 60).Select(i => Enumerable.Range(0, 30).Select(c => c == i % 30 ? 1f : 0).ToArray())]), () => { })!;

        PriorFitResult without = PriorFit.Fit(Split(rings), new FakeScorer(60).Score, true, false, () => { });
        PriorFitResult with = PriorFit.Fit(Split(rings), new FakeScorer(60).Score, true, false, () => { }, far);

        Assert.Null(with.Likeness);
        Assert.Equal(without.NdcgWith, with.NdcgWith);
        Assert.Equal((without.Prior!.Shape, without.Prior.Gain, without.Prior.Weight), (with.Prior!.Shape, with.Prior.Gain, with.Prior.Weight));
        Assert.Equal(without.Prior.Links.NumberOfLinks, with.Prior.Links.NumberOfLinks);
    }

    // Users look for items of one kind, six of each kind; pairs of items are too rare to be counted
    private static SequenceDataset Shop()
    {
        var random = new Random(4);
        return SampleSequences.Of(Items, [.. Enumerable.Range(0, 80).Select(_ =>
        {
            int[] shelf = [.. Enumerable.Range(0, Items / Kinds)];
            random.Shuffle(shelf);
            int kind = random.Next(Kinds);
            return shelf[..3].Select(place => 1 + kind + (place * Kinds)).ToArray();
        })]);
    }

    private static FeatureNeighbors OfKind() => FeatureNeighbors.Find(
        SparseSamples.Of(Kinds, [[], .. Enumerable.Range(0, Items).Select(i => Enumerable.Range(0, Kinds).Select(kind => kind == i % Kinds ? 1f : 0).ToArray())]), () => { })!;

    private static TrainingData Split(SequenceDataset sequences) => TrainingData.Split(sequences, SequenceValidation.LeaveLastOut, 0, new Random(1));

    // By the full ranking
    private static double Ndcg(TrainingData data, bool excludeSeenItems, CooccurrencePrior prior)
    {
        double sum = 0;
        foreach (int sequence in data.ValidationSequences)
        {
            float[] scores = FakeScorer.After(data.History(sequence), Items);
            new PriorScorer(prior).AddToAll(data.History(sequence), scores);
            int label = data.Label(sequence);
            int[] seen = excludeSeenItems ? data.History(sequence).ToArray() : [];
            int rank = 1 + Enumerable.Range(1, Items).Count(row => !seen.Contains(row) && (scores[row] > scores[label] || (scores[row] == scores[label] && row < label)));
            sum += rank <= 10 && !seen.Contains(label) ? 1 / Math.Log2(rank + 1) : 0;
        }

        return sum / data.ValidationSequences.Length;
    }
}
