using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// One event through one layer, in two halves: up to the outputs of the latent heads, which is where the state moves on, and from
/// there to the layer's output. The equations of <see cref="ProjectForward"/>, <see cref="MixForward"/> and
/// <see cref="FeedForwardForward"/> for one row.
/// </summary>
internal readonly unsafe ref struct LayerStep<TSimd, TVector>(ScoringWeights model, int layer, Arena arena)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly ModelSizes _sizes = model.Sizes;
    private readonly PackedLayer _packed = model.Layers[layer];
    private readonly LayerWeights _weights = model.Weights.Layers[layer];

    /// <summary>Numbers that <see cref="Mix"/> writes of the heads' outputs at the most.</summary>
    public static int HeadsLength(ModelSizes sizes) =>
        ((sizes.LatentHeads - 1) * sizes.LatentWidth) + PackedMatrix.PaddedWidth(sizes.LatentWidth);

    /// <summary>The first half.</summary>
    /// <param name="stream">The layer's input, <c>[d]</c>.</param>
    /// <param name="times">Features of the event's time, <c>[K]</c>; null for none.</param>
    /// <param name="state">The sequence's state, which moves on.</param>
    /// <param name="heads">Receives Y, <c>[v d_c]</c>; has <see cref="HeadsLength"/> numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Mix(float* stream, float* times, float* state, float* heads)
    {
        (int width, int latent, int count) = (_sizes.LatentHeadsWidth, _sizes.LatentWidth, _sizes.LatentHeads);
        int row = PackedMatrix.PaddedWidth(_sizes.ProjectedWidth);
        float* x = arena.Floats(PackedMatrix.PaddedWidth(width)), projected = arena.Floats((long)count * row);
        _packed.X.MultiplyRow<TSimd, TVector>(Norm(stream, _weights.MixerNorm), x);
        TileRows<TSimd, TVector>.Silu(1, width, x, width, x);
        for (int head = 0; head < count; head++)
        {
            _packed.Projection[head].MultiplyRow<TSimd, TVector>(x + (head * latent), projected + (head * row));
        }

        // A head's output is written in whole vectors: the next head, or the room at the end, takes what is beyond it.
        float* steps = Steps(projected, row, times), y = arena.Floats(_sizes.InnerWidth), gated = arena.Floats(_sizes.InnerWidth);
        for (int head = 0; head < count; head++)
        {
            Head(head, projected + (head * row), steps, state, y, gated);
            _packed.HeadOutput[head].MultiplyRow<TSimd, TVector>(gated, heads + (head * latent));
        }
    }

    /// <summary>The second half.</summary>
    /// <param name="stream">The layer's input, which becomes its output, <c>[d]</c>.</param>
    /// <param name="heads">Y, <c>[v d_c]</c>.</param>
    /// <param name="rotations">Rotation of the gate at the event's position; null for none.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Finish(float* stream, float* heads, float* rotations)
    {
        (int d, int width, int f) = (_sizes.Width, _sizes.LatentHeadsWidth, _sizes.FeedForwardWidth);
        float* z = null, mixed = arena.Floats(width), change = arena.Floats(PackedMatrix.PaddedWidth(d));
        if (_sizes.ItemGate)
        {
            z = arena.Floats(PackedMatrix.PaddedWidth(width));
            _packed.Z.MultiplyRow<TSimd, TVector>(Norm(stream, _weights.MixerNorm), z);
        }

        new MixerGate<TSimd, TVector>(_sizes).Forward(1, heads, z, rotations, mixed);
        _packed.Output.MultiplyRow<TSimd, TVector>(mixed, change);
        TileRows<TSimd, TVector>.Add(d, change, stream);

        float* gateUp = arena.Floats(PackedMatrix.PaddedWidth(2 * f)), product = arena.Floats(f);
        _packed.GateUp.MultiplyRow<TSimd, TVector>(Norm(stream, _weights.FeedForwardNorm), gateUp);
        SwiGlu<TSimd, TVector>.Forward(1, f, new(gateUp, 2 * f), new(product, f));
        _packed.Down.MultiplyRow<TSimd, TVector>(product, change);
        TileRows<TSimd, TVector>.Add(d, change, stream);
    }

    private float* Norm(float* stream, float* weight)
    {
        float* normed = arena.Floats(_sizes.Width);
        RowNorm<TSimd, TVector>.Run(_sizes.Width, stream, weight, normed);
        return normed;
    }

    // dt of all inner heads, [v, H], then exp(dt A)
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float* Steps(float* projected, nint row, float* times)
    {
        int inner = _sizes.InnerHeads, count = _sizes.LatentHeads * inner;
        float* steps = arena.Floats(2L * count), decays = steps + count, rates = model.Rates(layer);
        float* raw = projected + _sizes.InnerWidth + _sizes.ConvolvedWidth;
        var time = new StepTimes(_sizes.TimeFeatures, times, _weights.StepTimes);
        for (int i = 0; i < count; i++)
        {
            steps[i] = raw[(i / inner * row) + (i % inner)] + _weights.StepBias[i] + time.At(0, i);
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Head(int head, float* projected, float* steps, float* state, float* y, float* gated)
    {
        (int inner, int heads, int p, int n) = (_sizes.InnerWidth, _sizes.InnerHeads, _sizes.InnerHeadWidth, _sizes.StateSize);
        (int taps, int convolved) = (_sizes.ConvolutionTaps, _sizes.ConvolvedWidth);
        HeadState kept = model.StateShape.Head(state, 0, layer, head);
        float* x = projected + inner, b = x + inner, c = b + n, decays = steps + (_sizes.LatentHeads * heads);
        HeadStep<TSimd, TVector>.Convolve(
            convolved, taps, x, kept.Past, _weights.Taps + ((nint)head * taps * convolved), _weights.TapBias + ((nint)head * convolved));
        for (int i = 0, j = head * heads; i < heads; i++, j++)
        {
            HeadStep<TSimd, TVector>.Scan(
                p, n, decays[j], steps[j], _weights.Skips[j], x + (i * p), b, c, kept.Scan + ((nint)i * n * p), y + (i * p));
        }

        RowNorm<TSimd, TVector>.RunGated(inner, y, projected, _weights.ScanNorm + ((nint)head * inner), gated);
    }
}
