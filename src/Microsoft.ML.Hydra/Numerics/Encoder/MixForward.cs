namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Second phase of a layer, one sequence of one latent head a task, in blocks of time (arXiv 2405.21060):
/// <code>
/// [z | x | B | C | dt] = SiLU(X_i) W_in      x, B, C ← SiLU(conv(x, B, C))      dt ← softplus(dt + bias + W_time f)
/// y = scan(x, dt, −exp(A_log), B, C) + D x      Y_i = RMSNorm(y ∘ SiLU(z)) W_out
/// </code>
/// </summary>
internal readonly unsafe struct MixForward(LayerPass pass) : IWork
{
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        (int sequence, int head) = Math.DivRem(task, pass.Sizes.LatentHeads);
        nint first = pass.Tokens.Offset(sequence);
        int length = pass.Tokens.Offset(sequence + 1) - (int)first;
        var blocks = new TimeBlocks(pass.Sizes);
        var shape = new StateShape(pass.Sizes);
        HeadState state = pass.StateOf(sequence, head);
        if (state.Past == null && blocks.Count(length) > 1)
        {
            state = shape.Head(arena.Floats(shape.HeadLength));
            new Span<float>(state.Past, shape.HeadLength).Clear();
        }

        for (int block = 0; block < blocks.Count(length); block++)
        {
            nint start = first + blocks.Start(length, block);
            if (block > 0 && pass.Kept.BlockStates != null)
            {
                new ReadOnlySpan<float>(state.Past, shape.HeadLength).CopyTo(new(pass.BlockStateOf(start, head).Past, shape.HeadLength));
            }

            ArenaMark mark = arena.Mark();
            Block<TSimd, TVector>(head, start, (int)(first + blocks.Start(length, block + 1) - start), state, arena);
            arena.Release(mark);
        }
    }

    private void Block<TSimd, TVector>(int head, nint first, int length, HeadState state, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        ModelSizes sizes = pass.Sizes;
        int inner = sizes.InnerWidth, latent = sizes.LatentHeadsWidth;
        var mixed = new MixerHead<TSimd, TVector>(pass, head, first, length, state.Past, arena);
        float* y = pass.Kept.Scan + ((((nint)head * pass.Tokens.Tokens) + first) * inner);
        SelectiveScan<TSimd, TVector>.Forward(mixed.Scan, new(y, inner), state.Scan, arena);

        int from = pass.LastOnly ? length - 1 : 0;
        float* gated = arena.Floats((long)(length - from) * inner);
        mixed.GatedNorm(from, y, gated, arena);
        pass.Packed.HeadOutput[head].Multiply<TSimd, TVector>(
            length - from, gated, inner, pass.Kept.Heads + ((first + from) * latent) + (head * sizes.LatentWidth), latent, false, arena);
    }
}
