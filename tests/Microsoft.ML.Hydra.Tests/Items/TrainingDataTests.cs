using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Tests.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Items;

public sealed class TrainingDataTests
{
    private static readonly SequenceDataset s_sequences = SampleSequences.Of(9, [1, 2, 3], [4, 5], [6], [7, 8, 9, 1], [2, 3, 4], [5, 6, 7]);

    [Fact]
    public void Leave_last_out_does_not_shorten_sequences_that_are_too_short()
    {
        TrainingData data = TrainingData.Split(s_sequences, SequenceValidation.LeaveLastOut, 0, new Random(1));
        Assert.Equal([0, 3, 4, 5], data.ValidationSequences);
        Assert.Equal([2, 2, 1, 3, 2, 2], data.TrainLengths);
        Assert.Same(s_sequences, data.Sequences);
    }

    [Fact]
    public void Without_validation_every_event_is_trained_on()
    {
        TrainingData data = TrainingData.Split(s_sequences, SequenceValidation.None, 0, new Random(1));
        Assert.Empty(data.ValidationSequences);
        Assert.Equal([3, 2, 1, 4, 3, 3], data.TrainLengths);
    }

    [Fact]
    public void Copies_right_before_the_held_out_item_are_no_repeats_of_it()
    {
        // The held-out item: not seen · a copy · two copies · seen earlier · seen earlier and a copy
        SequenceDataset sequences = SampleSequences.Of(9, [1, 2, 3], [1, 2, 2], [2, 2, 2], [2, 1, 2], [2, 1, 2, 2]);
        TrainingData data = TrainingData.Split(sequences, SequenceValidation.LeaveLastOut, 0, new Random(1));

        Assert.Equal(2 / 5.0, data.ShareOfRepeats());
        Assert.Equal(3 / 5.0, data.ShareOfImmediateRepeats());
    }

    [Fact]
    public void A_sample_is_seeded_sorted_and_takes_only_its_own_events()
    {
        var samples = new HashSet<string>();
        for (int seed = 0; seed < 60; seed++)
        {
            TrainingData data = Split(seed);
            Assert.Equal(2, data.ValidationSequences.Length);
            Assert.Equal(data.ValidationSequences.Order(), data.ValidationSequences);
            Assert.Equal(
                Enumerable.Range(0, 6).Select(s => s_sequences[s].Length - (data.ValidationSequences.Contains(s) ? 1 : 0)), data.TrainLengths);
            Assert.Equal(data.ValidationSequences, Split(seed).ValidationSequences);
            samples.Add(string.Join(",", data.ValidationSequences));
        }

        Assert.Equal(6, samples.Count);   // every pair of the four

        static TrainingData Split(int seed) => TrainingData.Split(s_sequences, SequenceValidation.LeaveLastOut, 2, new Random(seed));
    }

    [Fact]
    public void A_sample_may_be_larger_than_there_are_sequences() =>
        Assert.Equal([0, 3, 4, 5], TrainingData.Split(s_sequences, SequenceValidation.LeaveLastOut, 100, new Random(1)).ValidationSequences);

    [Fact]
    public void Counts_do_not_include_held_out_events() => Assert.Equal(
        [0, 1, 2, 1, 1, 2, 2, 1, 1, 1],
        TrainingData.Split(s_sequences, SequenceValidation.LeaveLastOut, 0, new Random(1)).TrainEvents().CountItems());
}
