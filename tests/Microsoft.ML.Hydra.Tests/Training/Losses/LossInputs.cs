using Microsoft.ML.Hydra.Tests.Compute;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Training;

/// <summary>Random float64 queries, item table and targets of a loss.</summary>
internal sealed class LossInputs(int count, int items, int width = 5, int seed = 1)
{
    public Tensor Queries { get; } = SeededTensors.Normal(seed, count, width).requires_grad_(true);

    public Tensor Table { get; } = SeededTensors.Normal(seed + 1, items + 1, width).requires_grad_(true);

    public Tensor Targets { get; } = tensor(RandomRows(seed + 2, count, items));

    public IEnumerable<(string name, Tensor tensor)> Named => [("queries", Queries), ("table", Table)];

    /// <summary>The loss the slow, plain way: cross-entropy of all logits without the padding row.</summary>
    public Tensor FullCrossEntropy() =>
        nn.functional.cross_entropy(Queries.mm(Table.narrow(0, 1, Table.shape[0] - 1).t()), Targets - 1);

    /// <summary>A loss's value and its gradients by queries and table, the loss scaled first.</summary>
    public (double loss, double[] queries, double[] table) Evaluate(Func<Tensor> loss, double scale = 1)
    {
        Queries.grad?.zero_();
        Table.grad?.zero_();
        Tensor value = loss();
        (value * scale).backward();
        return (value.item<double>(), Queries.grad!.Values(), Table.grad!.Values());
    }

    private static long[] RandomRows(int seed, int count, int items)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextInt64(1, items + 1))];
    }
}
