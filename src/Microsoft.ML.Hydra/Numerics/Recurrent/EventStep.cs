using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// One event after a sequence: its state moves on, at a cost that does not depend on how many events came before. What follows the
/// scan of the last layer is left for <see cref="EventVector"/>, as the state does not need it.
/// </summary>
/// <param name="model">The weights.</param>
/// <param name="item">The event's item row.</param>
/// <param name="times">Features of the event's time, <c>[K]</c>; null for none.</param>
/// <param name="sequence">The sequence.</param>
internal readonly unsafe struct EventStep(ScoringWeights model, int item, float* times, SequenceState sequence) : IWork
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        ModelSizes sizes = model.Sizes;
        int d = sizes.Width;
        float* stream = sequence.Stream, heads = arena.Floats(LayerStep<TSimd, TVector>.HeadsLength(sizes));
        RowNorm<TSimd, TVector>.Run(d, model.Weights.Items + ((nint)item * d), model.Weights.EmbeddingNorm, stream);
        float* rotations = Rotations<TSimd, TVector>(sizes, sequence.Events, arena);
        for (int i = 0; i < sizes.Layers; i++)
        {
            ArenaMark mark = arena.Mark();
            var layer = new LayerStep<TSimd, TVector>(model, i, arena);
            layer.Mix(stream, times, sequence.State, heads);
            if (i + 1 < sizes.Layers)
            {
                layer.Finish(stream, heads, rotations);
            }

            arena.Release(mark);
        }

        new ReadOnlySpan<float>(heads, sizes.LatentHeadsWidth).CopyTo(new(sequence.Heads, sizes.LatentHeadsWidth));
    }

    /// <summary>Rotation of the gate at a position; null where it is not rotated.</summary>
    public static float* Rotations<TSimd, TVector>(ModelSizes sizes, int position, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        if (sizes is not { ItemGate: true, RotaryGate: true })
        {
            return null;
        }

        float* rotations = arena.Floats(sizes.LatentWidth);
        new GateRotations(sizes, &position, 1, rotations).Run<TSimd, TVector>(0, arena);
        return rotations;
    }
}
