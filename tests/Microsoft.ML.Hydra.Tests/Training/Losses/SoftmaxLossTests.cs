using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Tests.Compute;
using Microsoft.ML.Hydra.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Training;

public sealed class SoftmaxLossTests
{
    private const int Count = 11;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(Count, 1)]
    [InlineData(100, 1)]
    [InlineData(3, 3)]
    [InlineData(Count, -0.5)]
    public void Equals_cross_entropy_of_all_logits(long rowsPerBlock, double scale)
    {
        using DisposeScope scope = NewDisposeScope();
        var inputs = new LossInputs(Count, items: 7);
        (double expected, double[] expectedQueries, double[] expectedTable) = inputs.Evaluate(inputs.FullCrossEntropy, scale);

        (double loss, double[] queries, double[] table) = inputs.Evaluate(
            () => BlockwiseSoftmax.Run(inputs.Queries, inputs.Table, inputs.Targets, rowsPerBlock), scale);

        Assert.Equal(expected, loss, 1e-12);
        TensorAssert.Close(expectedQueries, queries, 1e-12, "queries");
        TensorAssert.Close(expectedTable, table, 1e-12, "table");
    }

    [Fact]
    public void The_door_used_in_training_gives_the_same()
    {
        using DisposeScope scope = NewDisposeScope();
        var inputs = new LossInputs(40, items: 7);
        NextItemLoss loss = NextItemLoss.Create(SequenceLoss.Softmax, 1, [0, 1], CPU, 2);
        Assert.Equal(
            inputs.FullCrossEntropy().item<double>(),
            loss.Compute(inputs.Queries, inputs.Table, inputs.Targets, new Random(1)).item<double>(),
            1e-12);
    }

    [Fact]
    public void The_padding_row_is_no_candidate()
    {
        using DisposeScope scope = NewDisposeScope();
        var inputs = new LossInputs(Count, items: 7);
        (double before, _, double[] table) = inputs.Evaluate(Loss);
        using (no_grad())
        {
            inputs.Table[0] = 1000;
        }

        Assert.All(table[..5], gradient => Assert.Equal(0, gradient));
        Assert.Equal(before, inputs.Evaluate(Loss).loss);

        Tensor Loss() => BlockwiseSoftmax.Run(inputs.Queries, inputs.Table, inputs.Targets, 4);
    }

    [Fact]
    public void Gradients_are_right()
    {
        using DisposeScope scope = NewDisposeScope();
        var inputs = new LossInputs(6, items: 4);
        GradientCheck.Verify(() => BlockwiseSoftmax.Run(inputs.Queries, inputs.Table, inputs.Targets, 4), inputs.Named);
    }

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(7, 5, 3, 1)]
    [InlineData(300, 1201, 16, -0.5)]
    [InlineData(65, 17, 64, 3)]
    public void The_fused_kernel_in_single_precision_is_close_in_values_and_gradients(int count, int items, int width, double scale)
    {
        using DisposeScope scope = NewDisposeScope();
        using var generator = new Generator(5, CPU);
        Tensor queries = randn([count, width], ScalarType.Float32, generator: generator).requires_grad_(true);
        Tensor table = randn([items + 1, width], ScalarType.Float32, generator: generator).requires_grad_(true);
        Tensor targets = randint(1, items + 1, [count], ScalarType.Int64, generator: generator);
        (Tensor exactQueries, Tensor exactTable) = (
            queries.detach().to(ScalarType.Float64).requires_grad_(true), table.detach().to(ScalarType.Float64).requires_grad_(true));

        Tensor fused = SoftmaxKernel.For(CPU, 2)(queries, table, targets);
        (fused * scale).backward();
        Tensor exact = BlockwiseSoftmax.Run(exactQueries, exactTable, targets);
        (exact * scale).backward();

        Assert.Equal(exact.item<double>(), fused.item<float>(), 1e-5 * (1 + exact.item<double>()));
        TensorAssert.Close(exactQueries.grad!, queries.grad!, 1e-5, "queries");
        TensorAssert.Close(exactTable.grad!, table.grad!, 1e-5, "table");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Large_logits_do_not_overflow(bool isFused)
    {
        using DisposeScope scope = NewDisposeScope();
        CatalogSoftmax softmax = isFused ? SoftmaxKernel.For(CPU, 2) : BlockwiseSoftmax.Run;
        Tensor queries = tensor([1000f, -1000f]).view(2, 1).requires_grad_(true);
        Tensor table = tensor([0f, 1f, -1f]).view(3, 1).requires_grad_(true);
        Tensor loss = softmax(queries, table, tensor([1L, 1L]));
        loss.backward();
        Assert.Equal(1000f, loss.item<float>());   // 0 where the target wins, 2000 where it loses
        Assert.True(queries.grad!.isfinite().all().item<bool>() && table.grad!.isfinite().all().item<bool>());
    }

    [Fact]
    public void A_catalogue_of_one_item_costs_nothing()
    {
        using DisposeScope scope = NewDisposeScope();
        var inputs = new LossInputs(3, items: 1);
        (double loss, double[] queries, double[] table) = inputs.Evaluate(() => BlockwiseSoftmax.Run(inputs.Queries, inputs.Table, inputs.Targets, 2));
        Assert.Equal(0, loss, 1e-12);
        Assert.All(queries.Concat(table), gradient => Assert.Equal(0, gradient, 1e-12));
    }

    [Fact]
    public void An_unknown_loss_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => NextItemLoss.Create((SequenceLoss)99, 1, [0, 1], CPU, 2));
}
