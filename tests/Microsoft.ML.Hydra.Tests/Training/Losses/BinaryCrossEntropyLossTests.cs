using Microsoft.ML.Hydra.Tests.Compute;
using Microsoft.ML.Hydra.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Training;

public sealed class BinaryCrossEntropyLossTests
{
    private static readonly BinaryCrossEntropyLoss s_loss = new();

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Negatives_are_the_other_items_all_alike(int items)
    {
        using DisposeScope scope = NewDisposeScope();
        const int Count = 3000;
        const long Target = 2;

        // At zero queries and one-hot items a position's gradient is ½ (onehot(negative) − onehot(target)) / M.
        Tensor queries = zeros([Count, items + 1], ScalarType.Float64).requires_grad_(true);
        Tensor table = eye(items + 1, dtype: ScalarType.Float64).requires_grad_(true);
        s_loss.Compute(queries, table, full([Count], Target, ScalarType.Int64), new Random(1)).backward();

        double[] drawn = (queries.grad! * 2 * Count).sum([0]).Values();
        Assert.Equal(0, drawn[0], 1e-9);
        Assert.Equal(-Count, drawn[Target], 1e-9);   // as a negative it would weigh against itself
        for (int item = 1; item <= items; item++)
        {
            if (item != Target)
            {
                Assert.InRange(drawn[item], Count / (items - 1.0) * 0.9, Count / (items - 1.0) * 1.1);
            }
        }
    }

    [Fact]
    public void Values_by_hand()
    {
        using DisposeScope scope = NewDisposeScope();

        // Two items: the negative of each is the other.
        Tensor table = tensor([9.0, 1, -2]).view(3, 1);
        Tensor queries = tensor([0.5, 3]).view(2, 1);
        double expected = (Softplus(-0.5) + Softplus(-1) + Softplus(6) + Softplus(3)) / 2;

        Assert.Equal(expected, s_loss.Compute(queries, table, tensor([1L, 2L]), new Random(1)).item<double>(), 1e-9);

        static double Softplus(double x) => Math.Log(1 + Math.Exp(x));
    }

    [Fact]
    public void Gradients_are_right()
    {
        using DisposeScope scope = NewDisposeScope();
        var inputs = new LossInputs(20, items: 6);
        GradientCheck.Verify(() => s_loss.Compute(inputs.Queries, inputs.Table, inputs.Targets, new Random(3)), inputs.Named);
    }

    [Fact]
    public void A_catalogue_of_one_item_gives_a_finite_loss()
    {
        using DisposeScope scope = NewDisposeScope();
        var inputs = new LossInputs(3, items: 1);
        (double loss, double[] queries, double[] table) = inputs.Evaluate(() => s_loss.Compute(inputs.Queries, inputs.Table, inputs.Targets, new Random(3)));
        Assert.All(queries.Concat(table).Append(loss), value => Assert.True(double.IsFinite(value)));
    }
}
