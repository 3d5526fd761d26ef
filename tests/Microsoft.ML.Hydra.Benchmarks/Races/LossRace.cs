using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Benchmarks.Peers;
using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Numerics;
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
