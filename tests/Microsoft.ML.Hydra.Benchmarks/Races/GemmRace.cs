using Microsoft.ML.Hydra.Benchmarks.Machine;
using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Benchmarks.Peers;

namespace Microsoft.ML.Hydra.Benchmarks.Races;

/// <summary>The matrix products of a training step against torch's.</summary>
internal sealed class GemmRace : PairedRace
{
    public override string Name => "gemm";

    public override string Description => "The matrix products of a training step (25,600 tokens) against torch's; the ratio is the geometric mean.";

    protected override IEnumerable<Heat> Heats(RaceSettings settings) =>
        from product in GemmShapes.OfStep(KernelShapes.Of(settings))
        let shape = product.Shape
        select new Heat(
            $"{product.Name}, {shape.M}×{shape.N}×{shape.K}",
            () => new HydraGemm(shape, settings.Threads),
            () => new TorchGemm(shape),
            FlopCount.Product(shape));
}
