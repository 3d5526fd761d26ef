using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Ours;

/// <summary>Exact softmax cross-entropy with all gradients.</summary>
internal sealed class HydraLoss(SoftmaxShape shape, int threads) : IEntrant
{
    private readonly Workspace _workspace = new(threads);
    private readonly float[] _queries = Numbers.Uniform((long)shape.Rows * shape.Width, -1, 1, 1);
    private readonly float[] _items = Numbers.Uniform((long)shape.Items * shape.Width, -0.1f, 0.1f, 2);
    private readonly int[] _targets = [.. Enumerable.Range(0, shape.Rows).Select(row => row * 7919 % shape.Items)];
    private readonly float[] _queryGradient = new float[(long)shape.Rows * shape.Width];
    private readonly float[] _itemGradient = new float[(long)shape.Items * shape.Width];

    public void Run()
    {
        Array.Clear(_itemGradient);
        SoftmaxCrossEntropy.Run(
            shape, new(_queries, shape.Width), new(_items, shape.Width), _targets, 1f / shape.Rows,
            new(_queryGradient, shape.Width), new(_itemGradient, shape.Width), _workspace);
    }

    public void Dispose() => _workspace.Dispose();
}
