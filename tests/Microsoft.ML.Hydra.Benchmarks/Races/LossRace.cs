using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Benchmarks.Peers;
using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Races;

/// <summary>Softmax cross-entropy over the catalogue with all gradients, against torch's.</summary>
internal sealed class LossRace : PairedRace
{
    public override string Name => "loss";

    public override string Description => "Exact softmax cross-entropy of 25,600 rows over 3,500 items, forwards and backwards, against torch's cross_entropy.";

    protected override IEnumerable<Heat> Heats(RaceSettings settings)
    {
        SoftmaxShape shape = KernelShapes.Of(settings).Loss;
        yield return new Heat(
            $"{shape.Rows} × {shape.Items} × {shape.Width}",
            () => new CatalogLoss(shape, SoftmaxKernel.For(CPU, settings.Threads)),
            () => new CatalogLoss(shape, TorchSoftmax.Run),
            Machine.FlopCount.Loss(shape));
    }
}

/// <summary>A loss over the catalogue, forwards and backwards to queries and items.</summary>
internal sealed class CatalogLoss : IEntrant
{
    private readonly CatalogSoftmax _softmax;
    private readonly Tensor _queries;   // [M, d]
    private readonly Tensor _table;     // [items + 1, d]
    private readonly Tensor _targets;   // [M]

    public CatalogLoss(SoftmaxShape shape, CatalogSoftmax softmax)
    {
        _softmax = softmax;
        _queries = randn([shape.Rows, shape.Width], requires_grad: true);
        _table = empty(shape.Items + 1, shape.Width).normal_(0, 0.1).requires_grad_();
        _targets = randint(1, shape.Items + 1, [shape.Rows], ScalarType.Int64);
    }

    public void Run()
    {
        using DisposeScope scope = NewDisposeScope();
        (_queries.grad, _table.grad) = (null, null);
        _softmax(_queries, _table, _targets).backward();
    }

    public void Dispose()
    {
        _queries.Dispose();
        _table.Dispose();
        _targets.Dispose();
    }
}
