using Microsoft.ML.Hydra.Tests.Compute;
using Microsoft.ML.Hydra.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Training;

public sealed class SampledSoftmaxLossTests
{
    private static readonly int[] s_counts = [0, 40, 1, 0, 9, 3, 100];

    [Theory]
    [InlineData(4, 20)]
    [InlineData(1, 20)]
    [InlineData(50_000, 40)]
    public void Equals_its_definition(int negatives, int count)
    {
        using DisposeScope scope = NewDisposeScope();
        var inputs = new LossInputs(count, items: 6);
        var sampler = new PopularitySampler(s_counts);
        (double expected, double[] expectedQueries, double[] expectedTable) = inputs.Evaluate(() => Reference(inputs, sampler, negatives, new Random(3)), 3);

        (double loss, double[] queries, double[] table) = inputs.Evaluate(
            () => new SampledSoftmaxLoss(sampler, negatives).Compute(inputs.Queries, inputs.Table, inputs.Targets, new Random(3)), 3);

        Assert.Equal(expected, loss, 1e-10);
        TensorAssert.Close(expectedQueries, queries, 1e-10, "queries");
        TensorAssert.Close(expectedTable, table, 1e-10, "table");
    }

    [Fact]
    public void Gradients_are_right()
    {
        using DisposeScope scope = NewDisposeScope();
        var inputs = new LossInputs(20, items: 6);
        var loss = new SampledSoftmaxLoss(new PopularitySampler(s_counts), 5);
        GradientCheck.Verify(() => loss.Compute(inputs.Queries, inputs.Table, inputs.Targets, new Random(3)), inputs.Named);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Many_negatives_approach_the_full_softmax(bool skewed)
    {
        using DisposeScope scope = NewDisposeScope();
        var inputs = new LossInputs(30, items: 6);
        var sampler = new PopularitySampler(skewed ? s_counts : [0, 5, 5, 5, 5, 5, 5]);
        (double expected, double[] expectedQueries, double[] expectedTable) = inputs.Evaluate(inputs.FullCrossEntropy);

        // Each item's share of 100,000 draws is off by about a hundredth at most (rarest: probability about 1 in 40).
        (double loss, double[] queries, double[] table) = inputs.Evaluate(
            () => new SampledSoftmaxLoss(sampler, 100_000).Compute(inputs.Queries, inputs.Table, inputs.Targets, new Random(3)));

        Assert.Equal(expected, loss, 0.02);
        TensorAssert.Close(expectedQueries, queries, 0.03, "queries");
        TensorAssert.Close(expectedTable, table, 0.03, "table");
    }

    [Fact]
    public void A_negative_that_is_the_target_is_masked()
    {
        using DisposeScope scope = NewDisposeScope();

        // One item only: every negative is the target, nothing competes.
        var inputs = new LossInputs(4, items: 1);
        (double loss, double[] queries, double[] table) = inputs.Evaluate(
            () => new SampledSoftmaxLoss(new PopularitySampler([0, 3]), 8).Compute(inputs.Queries, inputs.Table, inputs.Targets, new Random(3)));
        Assert.Equal(0, loss, 1e-12);
        Assert.All(queries.Concat(table), gradient => Assert.Equal(0, gradient, 1e-12));
    }

    [Fact]
    public void The_padding_row_is_never_drawn()
    {
        using DisposeScope scope = NewDisposeScope();
        var inputs = new LossInputs(20, items: 6);
        double[] table = inputs.Evaluate(
            () => new SampledSoftmaxLoss(new PopularitySampler(s_counts), 500).Compute(inputs.Queries, inputs.Table, inputs.Targets, new Random(3))).table;
        Assert.All(table[..5], gradient => Assert.Equal(0, gradient));
        Assert.Contains(table[5..], gradient => gradient != 0);
    }

    [Fact]
    public void Chance_decides_and_its_seed_repeats_it()
    {
        using DisposeScope scope = NewDisposeScope();
        var inputs = new LossInputs(20, items: 6);
        var loss = new SampledSoftmaxLoss(new PopularitySampler(s_counts), 5);
        Assert.Equal(Value(3), Value(3));
        Assert.NotEqual(Value(3), Value(4));

        double Value(int seed) => loss.Compute(inputs.Queries, inputs.Table, inputs.Targets, new Random(seed)).item<double>();
    }

    // log(e^s_t + Σ_k [k ≠ t] e^s_k / (K p_k)) − s_t with plain operations
    private static Tensor Reference(LossInputs inputs, PopularitySampler sampler, int count, Random random)
    {
        var drawn = new long[count];
        sampler.Draw(drawn, random);
        Tensor logits = inputs.Queries.mm(inputs.Table.t());                                    // [M, items + 1]
        Tensor weights = zeros([inputs.Targets.shape[0], inputs.Table.shape[0]], ScalarType.Float64);
        long[] targets = inputs.Targets.data<long>().ToArray();
        for (int m = 0; m < targets.Length; m++)
        {
            var row = new double[inputs.Table.shape[0]];
            foreach (long item in drawn)
            {
                row[item] += item == targets[m] ? 0 : 1 / (count * sampler.Probability(item));
            }

            row[targets[m]] = 1;
            weights[m] = tensor(row);
        }

        Tensor target = logits.gather(-1, inputs.Targets.unsqueeze(-1)).squeeze(-1);
        return ((logits.exp() * weights).sum(-1).log() - target).mean();
    }
}
