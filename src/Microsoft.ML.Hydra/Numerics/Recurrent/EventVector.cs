using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>The vector after the last event of a sequence, <c>[d]</c>: the second half of the last layer and the final norm.</summary>
internal readonly unsafe struct EventVector(ScoringWeights model, SequenceState sequence, float* hidden) : IWork
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        ModelSizes sizes = model.Sizes;
        float* stream = arena.Floats(sizes.Width);
        new ReadOnlySpan<float>(sequence.Stream, sizes.Width).CopyTo(new(stream, sizes.Width));
        float* rotations = EventStep.Rotations<TSimd, TVector>(sizes, sequence.Events - 1, arena);
        new LayerStep<TSimd, TVector>(model, sizes.Layers - 1, arena).Finish(stream, sequence.Heads, rotations);
        RowNorm<TSimd, TVector>.Run(sizes.Width, stream, model.Weights.FinalNorm, hidden);
    }
}
