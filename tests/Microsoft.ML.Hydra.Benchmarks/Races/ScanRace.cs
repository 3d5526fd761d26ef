using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Benchmarks.Peers;

namespace Microsoft.ML.Hydra.Benchmarks.Races;

/// <summary>The selective scan of one layer, forwards and backwards, against the chunked form in torch.</summary>
internal sealed class ScanRace : PairedRace
{
    public override string Name => "scan";

    public override string Description => "The selective scan of one layer (25,600 tokens), forwards and backwards, against its chunked form in torch.";

    protected override IEnumerable<Heat> Heats(RaceSettings settings)
    {
        ScanShape shape = KernelShapes.Of(settings).Scan;
        yield return new Heat($"{shape.Batch} × {shape.Length}", () => new HydraScan(shape, settings.Threads), () => new TorchScan(shape));
    }
}
