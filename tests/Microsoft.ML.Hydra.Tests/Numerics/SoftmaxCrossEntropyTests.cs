using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Numerics.Reference;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics;

public sealed class SoftmaxCrossEntropyTests
{
    public static TheoryData<string> Sets => KernelCase.SetNames;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Odd_shapes_equal_the_twin(string set)
    {
        (int M, int I, int D)[] shapes = [(1, 1, 1), (1, 2, 3), (5, 7, 64), (200, 33, 17), (49, 1024, 32), (100, 3000, 5), (13, 481, 300)];
        foreach ((int m, int i, int d) in shapes)
        {
            Compare(set, new(m, i, d), largest: 1);
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Huge_logits_do_not_overflow(string set) => Compare(set, new(20, 50, 8), largest: 12);

    [Theory]
    [MemberData(nameof(Sets))]
    public void Item_gradients_are_added_and_the_loss_of_no_rows_is_zero(string set)
    {
        using Workspace workspace = KernelCase.Workspace(set);
        float[] gradient = [5];
        Assert.Equal(0, SoftmaxCrossEntropy.Run(new(0, 1, 1), new([], 1), new([1f], 1), [], 1, new([], 1), new(gradient, 1), workspace));
        Assert.Equal([5f], gradient);

        // One item: the loss is 0 and has no gradient.
        var queryGradient = new float[1];
        double loss = SoftmaxCrossEntropy.Run(new(1, 1, 1), new([3f], 1), new([1f], 1), [0], 1, new(queryGradient, 1), new(gradient, 1), workspace);
        Assert.Equal(0, loss, 1e-12);
        Assert.Equal([0f], queryGradient);
        Assert.Equal([5f], gradient);
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Number_of_threads_does_not_change_a_bit(string set)
    {
        SoftmaxShape shape = new(450, 700, 24);
        var (first, firstQueries, firstItems) = Run(set, shape, 1, 1);
        foreach (int degree in new[] { 2, 3, 16 })
        {
            var (loss, dq, de) = Run(set, shape, 1, degree);
            Assert.Equal(first, loss);
            Assert.Equal(firstQueries, dq);
            Assert.Equal(firstItems, de);
        }
    }

    [Fact]
    public void Twin_equals_central_differences()
    {
        const int Width = 4;
        double[] queries = KernelCase.Random(1, 6 * Width, -2, 2).ToDouble(), items = KernelCase.Random(2, 9 * Width, -2, 2).ToDouble();
        int[] targets = [0, 8, 3, 3, 1, 5];
        var (dq, de) = ReferenceCrossEntropy.Gradient(queries, items, targets, Width, 1);
        double Loss() => ReferenceCrossEntropy.Loss(queries, items, targets, Width);

        KernelCase.IsGradient(dq, queries, Loss, "dQ");
        KernelCase.IsGradient(de, items, Loss, "dE");
    }

    [Fact]
    public void Targets_outside_the_catalogue_are_refused()
    {
        using var workspace = new Workspace(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => SoftmaxCrossEntropy.Run(
            new(1, 2, 1), new([1f], 1), new([1f, 2f], 1), [2], 1, new(new float[1], 1), new(new float[2], 1), workspace));
        Assert.Throws<ArgumentException>(() => SoftmaxCrossEntropy.Run(
            new(1, 2, 1), new([1f], 1), new([1f, 2f], 1), [], 1, new(new float[1], 1), new(new float[2], 1), workspace));
    }

    private static void Compare(string set, SoftmaxShape shape, double largest)
    {
        (float[] q, float[] e, int[] t) = Inputs(shape, largest);
        var (expectedQueries, expectedItems) = ReferenceCrossEntropy.Gradient(q.ToDouble(), e.ToDouble(), t, shape.Width, 0.5);
        double expectedLoss = ReferenceCrossEntropy.Loss(q.ToDouble(), e.ToDouble(), t, shape.Width);

        var (loss, dq, de) = Run(set, shape, largest, 1);

        Assert.InRange(loss, expectedLoss - (2e-6 * (1 + expectedLoss)), expectedLoss + (2e-6 * (1 + expectedLoss)));
        KernelCase.Close(expectedQueries, dq, 1e-5, $"{set} {shape} dQ");
        KernelCase.Close(expectedItems, de, 1e-5, $"{set} {shape} dE");
    }

    private static (double Loss, float[] Queries, float[] Items) Run(string set, SoftmaxShape shape, double largest, int degree)
    {
        (float[] q, float[] e, int[] t) = Inputs(shape, largest);
        using Workspace workspace = KernelCase.Workspace(set, degree);
        float[] dq = new float[q.Length], de = new float[e.Length];
        Array.Fill(dq, float.NaN);
        double loss = SoftmaxCrossEntropy.Run(
            shape, new(q, shape.Width), new(e, shape.Width), t, 0.5f, new(dq, shape.Width), new(de, shape.Width), workspace);
        return (loss, dq, de);
    }

    private static (float[] Queries, float[] Items, int[] Targets) Inputs(SoftmaxShape shape, double largest)
    {
        var random = new Random(3);
        return (
            KernelCase.Random(1, shape.Rows * shape.Width, -largest, largest),
            KernelCase.Random(2, shape.Items * shape.Width, -largest, largest),
            [.. Enumerable.Range(0, shape.Rows).Select(_ => random.Next(shape.Items))]);
    }
}
