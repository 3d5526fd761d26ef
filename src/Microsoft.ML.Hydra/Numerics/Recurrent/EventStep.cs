namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// One event through the whole model: the state moves on by it, at a cost that does not depend on how many came before. The same
/// equations as <see cref="ProjectForward"/>, <see cref="MixForward"/> and <see cref="FeedForwardForward"/>, for one row.
/// </summary>
internal readonly unsafe struct EventStep(ScoringWeights model, int item, int position, float* state, float* hidden) : IWork
{
    private readonly ModelConfiguration _sizes = model.Sizes;

    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int d = _sizes.Width;
        float* stream = arena.Floats(d), normed = arena.Floats(d), change = arena.Floats(PackedMatrix.PaddedWidth(d));
        TileNorm<TSimd, TVector>.Forward(1, d, model.Weights.Items + ((nint)item * d), model.Weights.EmbeddingNorm, stream, arena);
        float* rotations = Rotations<TSimd, TVector>(arena);
        for (int layer = 0; layer < _sizes.Layers; layer++)
        {
            ArenaMark mark = arena.Mark();
            LayerWeights weights = model.Weights.Layers[layer];
            PackedLayer packed = model.Layers[layer];
            TileNorm<TSimd, TVector>.Forward(1, d, stream, weights.MixerNorm, normed, arena);
            float* mixed = Mix<TSimd, TVector>(layer, normed, rotations, arena);
            packed.Output.MultiplyRow<TSimd, TVector>(mixed, change);
            TileRows<TSimd, TVector>.Add(d, change, stream);

            TileNorm<TSimd, TVector>.Forward(1, d, stream, weights.FeedForwardNorm, normed, arena);
            int f = _sizes.FeedForwardWidth;
            float* gateUp = arena.Floats(PackedMatrix.PaddedWidth(2 * f)), product = arena.Floats(f);
            packed.GateUp.MultiplyRow<TSimd, TVector>(normed, gateUp);
            SwiGluRows<TSimd, TVector>.Forward(1, f, gateUp, 2 * f, product, f);
            packed.Down.MultiplyRow<TSimd, TVector>(product, change);
            TileRows<TSimd, TVector>.Add(d, change, stream);
            arena.Release(mark);
        }

        TileNorm<TSimd, TVector>.Forward(1, d, stream, model.Weights.FinalNorm, hidden, arena);
    }

    private float* Rotations<TSimd, TVector>(Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        if (_sizes is not { ItemGate: true, RotaryGate: true })
        {
            return null;
        }

        float* rotations = arena.Floats(_sizes.LatentWidth);
        int at = position;
        new GateRotations(_sizes, &at, 1, rotations).Run<TSimd, TVector>(0, arena);
        return rotations;
    }

    // ((Y ∘ Z) / √v), [v d_c], from the normed stream
    private float* Mix<TSimd, TVector>(int layer, float* normed, float* rotations, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        (int width, int latent) = (_sizes.LatentHeadsWidth, _sizes.LatentWidth);
        PackedLayer packed = model.Layers[layer];
        float* x = arena.Floats(PackedMatrix.PaddedWidth(width)), z = null;
        packed.X.MultiplyRow<TSimd, TVector>(normed, x);
        TileRows<TSimd, TVector>.Silu(1, width, x, width, x);
        if (_sizes.ItemGate)
        {
            z = arena.Floats(PackedMatrix.PaddedWidth(width));
            packed.Z.MultiplyRow<TSimd, TVector>(normed, z);
        }

        int heads = _sizes.LatentHeads, row = PackedMatrix.PaddedWidth(_sizes.ProjectedWidth);
        float* projected = arena.Floats((long)heads * row);
        for (int head = 0; head < heads; head++)
        {
            packed.Projection[head].MultiplyRow<TSimd, TVector>(x + (head * latent), projected + (head * row));
        }

        // A head's output is written in whole panels: the next head, or the room at the end, takes what is beyond it.
        float* outputs = arena.Floats(((heads - 1) * latent) + PackedMatrix.PaddedWidth(latent)), gated = arena.Floats(_sizes.InnerWidth);
        float* steps = Steps<TSimd, TVector>(layer, projected, row, arena);
        for (int head = 0; head < heads; head++)
        {
            Head<TSimd, TVector>(layer, head, projected + (head * row), steps, gated, arena);
            packed.HeadOutput[head].MultiplyRow<TSimd, TVector>(gated, outputs + (head * latent));
        }

        float* mixed = arena.Floats(width);
        new MixerGate<TSimd, TVector>(_sizes).Forward(1, outputs, z, rotations, mixed);
        return mixed;
    }

    // dt of all inner heads, [v, H], then exp(dt A)
    private float* Steps<TSimd, TVector>(int layer, float* projected, nint row, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int inner = _sizes.InnerHeads, count = _sizes.LatentHeads * inner;
        float* steps = arena.Floats(2L * count), decays = steps + count, rates = model.Rates(layer), bias = model.Weights.Layers[layer].StepBias;
        float* raw = projected + _sizes.InnerWidth + _sizes.ConvolvedWidth;
        for (int i = 0; i < count; i++)
        {
            steps[i] = raw[(i / inner * row) + (i % inner)] + bias[i];
        }

        StepSizes<TSimd, TVector>.Softplus(count, steps);
        for (int i = 0; i < count; i += TSimd.Lanes)
        {
            TVector product = TSimd.Multiply(VectorMath<TSimd, TVector>.Load(steps + i, count - i), VectorMath<TSimd, TVector>.Load(rates + i, count - i));
            VectorMath<TSimd, TVector>.Store(decays + i, VectorMath<TSimd, TVector>.Exp(product), count - i);
        }

        return steps;
    }

    // RMSNorm(y ∘ SiLU(z)) of one latent head, from [z | x | B | C | dt]
    private void Head<TSimd, TVector>(int layer, int head, float* projected, float* steps, float* gated, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        (int inner, int heads, int p, int n) = (_sizes.InnerWidth, _sizes.InnerHeads, _sizes.InnerHeadWidth, _sizes.StateSize);
        (int taps, int convolved) = (_sizes.ConvolutionTaps, _sizes.ConvolvedWidth);
        LayerWeights weights = model.Weights.Layers[layer];
        HeadState kept = new StateShape(_sizes).Head(state, 0, layer, head);
        float* x = projected + inner, b = x + inner, c = b + n, decays = steps + (_sizes.LatentHeads * heads);
        HeadStep<TSimd, TVector>.Convolve(
            convolved, taps, x, kept.Past, weights.Taps + ((nint)head * taps * convolved), weights.TapBias + ((nint)head * convolved));
        float* y = arena.Floats(inner);
        for (int i = 0, j = head * heads; i < heads; i++, j++)
        {
            HeadStep<TSimd, TVector>.Scan(
                p, n, decays[j], steps[j], weights.Skips[j], x + (i * p), b, c, kept.Scan + ((nint)i * n * p), y + (i * p));
        }

        new RmsNormForward(new(1, 1, inner), 1, 1, y, inner, projected, 0, weights.ScanNorm + ((nint)head * inner), gated, inner)
            .Run<TSimd, TVector>(0, arena);
    }
}
