using Microsoft.ML.Hydra.Evaluation;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Prior;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Evaluation;

public sealed class TransitionsTests
{
    [Fact]
    public void One_step_counts_direct_successors()
    {
        ItemLinks transitions = Count(TinyChains.Three, steps: 1);
        AssertRow(transitions, 1, (2, 2 / Math.Sqrt(2)));
        AssertRow(transitions, 2, (3, 2 / Math.Sqrt(2)));
        AssertRow(transitions, 3, (1, 1));
        AssertRow(transitions, 4);
    }

    [Fact]
    public void A_pair_two_steps_apart_counts_half()
    {
        ItemLinks transitions = Count(TinyChains.Three, steps: 2);
        AssertRow(transitions, 1, (2, 2 / Math.Sqrt(2.5)), (3, 0.5 / Math.Sqrt(2.5)));
        AssertRow(transitions, 2, (3, 2 / Math.Sqrt(2.5)), (1, 0.5 / Math.Sqrt(2.5)));
        AssertRow(transitions, 3, (1, 1));
    }

    [Fact]
    public void Pairs_never_span_two_sequences() =>
        AssertRow(Count(TinyChains.Of(3, [1], [2], [3, 3]), steps: 10), 1);

    [Fact]
    public void Repeats_of_an_item_are_transitions_to_itself() =>
        AssertRow(Count(TinyChains.Of(1, [1, 1, 1]), steps: 2), 1, (1, 2.5 / Math.Sqrt(2.5)));

    private static ItemLinks Count(SequenceDataset train, int steps) => MarkovChain.CountTransitions(train, Popularity.Count(train), steps);

    private static void AssertRow(ItemLinks transitions, int row, params (int Successor, double Weight)[] expected)
    {
        Assert.Equal(expected.Select(w => w.Successor).Order(), transitions.Targets(row).ToArray().Order());
        for (int i = 0; i < expected.Length; i++)
        {
            double weight = expected.Single(w => w.Successor == transitions.Targets(row)[i]).Weight;
            Assert.Equal(weight, transitions.Weights(row)[i], 6);
        }
    }
}
