namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Second phase of a layer, one sequence of one latent head a task (arXiv 2405.21060):
/// <code>
/// [z | x | B | C | dt] = SiLU(X_i) W_in      x, B, C ← SiLU(conv(x, B, C))      dt ← softplus(dt + bias)
/// y = scan(x, dt, −exp(A_log), B, C) + D x      Y_i = RMSNorm(y ∘ SiLU(z)) W_out
/// </code>
/// </summary>
internal readonly unsafe struct MixForward(LayerPass pass) : IWork
{
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        ModelConfiguration sizes = pass.Sizes;
        (int sequence, int head) = Math.DivRem(task, sizes.LatentHeads);
        nint first = pass.Tokens.Offset(sequence);
        int length = pass.Tokens.Offset(sequence + 1) - (int)first, inner = sizes.InnerWidth;
        HeadState state = pass.StateOf(sequence, head);
        var mixed = new MixerHead<TSimd, TVector>(pass, head, first, length, state.Past, arena);
        float* y = pass.Kept.Scan + ((((nint)head * pass.Tokens.Tokens) + first) * inner);
        new ScanForward(mixed.Scan, y, inner, state.Scan).Run<TSimd, TVector>(0, arena);

        float* gated = arena.Floats((long)length * inner);
        mixed.GatedNorm(y, gated, arena);
        int latent = sizes.LatentHeadsWidth;
        pass.Packed.HeadOutput[head].Multiply<TSimd, TVector>(
            length, gated, inner, pass.Kept.Heads + (first * latent) + (head * sizes.LatentWidth), latent, false, arena);
    }
}
