using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Benchmarks.Peers;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Races;

/// <summary>One layer, forwards and backwards. Our side also includes the embedding and the norms around the layer.</summary>
internal sealed class BlockRace : PairedRace
{
    private const int Tokens = 16_384;

    public override string Name => "block";

    public override string Description =>
        "One Hydra layer (with embedding and final norm) against one SASRec block with as many weights in torch, forwards and backwards, without dropout.";

    protected override IEnumerable<Heat> Heats(RaceSettings settings)
    {
        ModelSizes sizes = RaceModel.Sizes(settings, layers: 1);
        int sequences = RaceModel.Sequences(settings, Tokens);
        yield return new Heat(
            $"{sequences} × {settings.Length}",
            () => new HydraBlock(sizes, sequences, settings.Length, settings.Threads),
            () => new TorchBlock(SasRecSizes.MatchingBlock(sizes, new TorchParts()), sequences, settings.Length));
    }
}
