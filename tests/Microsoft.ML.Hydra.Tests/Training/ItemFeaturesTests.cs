using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Tests.Features;
using Microsoft.ML.Hydra.Tests.Items;
using Microsoft.ML.Hydra.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Training;

public sealed class ItemFeaturesTests
{
    [Fact]
    public void The_gate_grows_with_the_training_events_and_is_1_where_nothing_is_known()
    {
        // The last events are held out: items 1 to 5 have 3, 1, 0, 1 and 1 training events.
        ItemFeatures items = Prepare(ItemSamples.Of(["tea", "tea", "tea", null, "unheard"]), SampleSequences.Of(5, [1, 1, 1, 2], [2, 4, 5, 3]));

        Assert.Equal([1, 3 / 7f, 1 / 5f, 0, 1, 1], items.Inputs.Gates);
        Assert.Equal([false, true, true, false, true, true], items.Inputs.Learns!);
    }

    [Fact]
    public void Items_of_an_earlier_model_keep_an_own_part_without_events()
    {
        ItemContent content = ItemSamples.Of(["tea", "tea", "tea", "tea"]);

        ItemFeatures items = Prepare(content, SampleSequences.Of(4, [1, 1, 2, 2, 2]), new WarmStart([], [0, 3, 0, 1]));

        Assert.Equal([1, 2 / 6f, 2 / 6f, 1 / 5f, 0], items.Inputs.Gates);
        Assert.Equal([false, true, true, false, false], items.Inputs.Learns!);
    }

    [Fact]
    public void A_tenth_of_the_items_plays_new_ones_and_teaches_the_map_nothing()
    {
        // Items 91 to 100 have no features, 101 to 110 no events.
        ItemContent content = ItemSamples.Of([.. Enumerable.Range(1, 110).Select(i => i is > 90 and <= 100 ? null : $"word{i % 7}")]);
        SequenceDataset sequences = SampleSequences.Of(110, [.. Enumerable.Range(0, 10).Select(i => Enumerable.Range(1 + (10 * i), 10).Append(1).ToArray())]);

        ItemFeatures items = Prepare(content, sequences);

        Assert.Equal(9, items.StandIns.Length);
        Assert.Equal(items.StandIns.Distinct().Order(), items.StandIns);
        Assert.All(items.StandIns, row => Assert.InRange(row, 1, 90));
        Assert.Equal(
            Enumerable.Range(1, 100).Except(items.StandIns),
            Enumerable.Range(0, 111).Where(row => items.Inputs.Learns![row]));
        Assert.Equal(items.StandIns, Prepare(content, sequences).StandIns);
        Assert.NotEqual(items.StandIns, ItemFeatures.Prepare(content, Split(sequences), new Random(2))!.StandIns);
    }

    [Fact]
    public void Features_are_those_of_the_items_in_the_model_and_content_has_the_others_too()
    {
        ItemFeatures items = Prepare(ItemSamples.Of(["tea", "tea", "tea", "tea"]), SampleSequences.Of(2, [1, 2, 1, 2]));

        Assert.Equal(3, items.Inputs.Features.NumberOfRows);
        Assert.Equal(5, items.Content.IsDescribed.Length);
    }

    private static ItemFeatures Prepare(ItemContent content, SequenceDataset sequences, WarmStart? warmStart = null) =>
        ItemFeatures.Prepare(content, Split(sequences), new Random(1), warmStart)!;

    private static TrainingData Split(SequenceDataset sequences) => TrainingData.Split(sequences, SequenceValidation.LeaveLastOut, 0, new Random(1));
}
