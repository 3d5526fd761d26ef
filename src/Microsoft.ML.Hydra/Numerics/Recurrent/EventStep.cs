namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Appends one event to a sequence: updates the state at a cost that does not depend on the number of earlier events. The state does
/// not need what follows the scan of the last layer; <see cref="EventVector"/> computes that.
/// </summary>
/// <param name="model">The weights.</param>
/// <param name="item">The item row of the event.</param>
/// <param name="times">Features of the time of the event, <c>[K]</c>; null for none.</param>
/// <param name="sequence">The sequence.</param>
internal readonly unsafe struct EventStep(ScoringWeights model, int item, float* times, SequenceState sequence) : IWork
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        ModelSizes sizes = model.Sizes;
        int d = sizes.Width;
        float* stream = sequence.Stream, heads = arena.Floats(LayerStep<TSimd, TVector>.HeadsLength(sizes));
        RowNorm<TSimd, TVector>.Run(d, model.Weights.Items + ((nint)item * d), model.Weights.EmbeddingNorm, stream);
        float* rotations = LayerStep<TSimd, TVector>.Rotations(sizes, sequence.Events, arena);
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
}

/// <summary>The vector after the last event of a sequence, <c>[d]</c>: the second half of the last layer and the final norm.</summary>
internal readonly unsafe struct EventVector(ScoringWeights model, SequenceState sequence, float* hidden) : IWork
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        ModelSizes sizes = model.Sizes;
        float* stream = arena.Floats(sizes.Width);
        new ReadOnlySpan<float>(sequence.Stream, sizes.Width).CopyTo(new(stream, sizes.Width));
        float* rotations = LayerStep<TSimd, TVector>.Rotations(sizes, sequence.Events - 1, arena);
        new LayerStep<TSimd, TVector>(model, sizes.Layers - 1, arena).Finish(stream, sequence.Heads, rotations);
        RowNorm<TSimd, TVector>.Run(sizes.Width, stream, model.Weights.FinalNorm, hidden);
    }
}

/// <summary>
/// One event through one layer, in two halves: up to the outputs of the latent heads, which updates the state, and from
/// there to the output of the layer. The equations are those of <see cref="ProjectForward"/>, <see cref="MixForward"/> and
/// <see cref="FeedForwardForward"/> for one row.
/// </summary>
internal readonly unsafe ref struct LayerStep<TSimd, TVector>(ScoringWeights model, int layer, Arena arena)
    where TSimd : struct, ISimd<TVector>
{
    private readonly ModelSizes _sizes = model.Sizes;
    private readonly PackedLayer _packed = model.Layers[layer];
    private readonly LayerWeights _weights = model.Weights.Layers[layer];

    /// <summary>Most numbers that <see cref="Mix"/> writes as the outputs of the heads.</summary>
    public static int HeadsLength(ModelSizes sizes) =>
        ((sizes.LatentHeads - 1) * sizes.LatentWidth) + PackedMatrix.PaddedWidth(sizes.LatentWidth);

    /// <summary>Rotation of the gate at a position; null where it is not rotated.</summary>
    public static float* Rotations(ModelSizes sizes, int position, Arena arena)
    {
        if (sizes is not { ItemGate: true, RotaryGate: true })
        {
            return null;
        }

        float* rotations = arena.Floats(sizes.LatentWidth);
        new GateRotations(sizes, &position, 1, rotations).Run<TSimd, TVector>(0, arena);
        return rotations;
    }

    /// <summary>The first half.</summary>
    /// <param name="stream">Input of the layer, <c>[d]</c>.</param>
    /// <param name="times">Features of the time of the event, <c>[K]</c>; null for none.</param>
    /// <param name="state">The state of the sequence, which is updated.</param>
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

        // The output of a head is written in whole vectors. The next head overwrites what is beyond its end; after the last head there is room.
        float* steps = Steps(projected, row, times), y = arena.Floats(_sizes.InnerWidth), gated = arena.Floats(_sizes.InnerWidth);
        for (int head = 0; head < count; head++)
        {
            Head(head, projected + (head * row), steps, state, y, gated);
            _packed.HeadOutput[head].MultiplyRow<TSimd, TVector>(gated, heads + (head * latent));
        }
    }

    /// <summary>The second half.</summary>
    /// <param name="stream">Input of the layer, which becomes its output, <c>[d]</c>.</param>
    /// <param name="heads">Y, <c>[v d_c]</c>.</param>
    /// <param name="rotations">Rotation of the gate at the position of the event; null for none.</param>
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
        HeadState kept = model.StateShape.Head(state, 0, layer, head);
        float* input = projected + _sizes.InnerWidth;
        Convolve(head, input, kept.Past);
        Scan(head, input, steps, kept.Scan, y);
        RowNorm<TSimd, TVector>.RunGated(_sizes.InnerWidth, y, projected, _weights.ScanNorm + ((nint)head * _sizes.InnerWidth), gated);
    }

    // x ← SiLU(bias + Σ_j w_j past_j + w_{k−1} x) over the C channels of a latent head; past holds the k − 1 earlier inputs, oldest
    // first; the oldest is removed and x is added.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Convolve(int head, float* x, float* past)
    {
        (int channels, int taps) = (_sizes.ConvolvedWidth, _sizes.ConvolutionTaps);
        float* weight = _weights.Taps + ((nint)head * taps * channels), bias = _weights.TapBias + ((nint)head * channels);
        int i = 0;
        for (; i + TSimd.Lanes <= channels; i += TSimd.Lanes)
        {
            TVector u = TSimd.Load(bias + i), now = TSimd.Load(x + i);
            float* tap = weight + i, input = past + i;
            for (int j = 1; j < taps; j++, tap += channels, input += channels)
            {
                u = TSimd.MultiplyAdd(TSimd.Load(tap), TSimd.Load(input), u);
                TSimd.Store(input, j + 1 < taps ? TSimd.Load(input + channels) : now);
            }

            u = TSimd.MultiplyAdd(TSimd.Load(tap), now, u);
            TSimd.Store(x + i, TSimd.Multiply(u, VectorMath<TSimd, TVector>.Sigmoid(u)));
        }

        if (i < channels)
        {
            int rest = channels - i;
            TVector u = TSimd.LoadPart(bias + i, rest), now = TSimd.LoadPart(x + i, rest);
            float* tap = weight + i, input = past + i;
            for (int j = 1; j < taps; j++, tap += channels, input += channels)
            {
                u = TSimd.MultiplyAdd(TSimd.LoadPart(tap, rest), TSimd.LoadPart(input, rest), u);
                TSimd.StorePart(input, j + 1 < taps ? TSimd.LoadPart(input + channels, rest) : now, rest);
            }

            u = TSimd.MultiplyAdd(TSimd.LoadPart(tap, rest), now, u);
            TSimd.StorePart(x + i, TSimd.Multiply(u, VectorMath<TSimd, TVector>.Sigmoid(u)), rest);
        }
    }

    // S ← exp(dt A) S + B ⊗ dt x, then y = S C + D x, for each inner head of a latent head, from [x | B | C] with x [H, P], B and C [N];
    // S [H, N, P], y [H, P].
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Scan(int head, float* input, float* steps, float* state, float* y)
    {
        (int heads, int width, int stateSize) = (_sizes.InnerHeads, _sizes.InnerHeadWidth, _sizes.StateSize);
        float* x = input, b = input + _sizes.InnerWidth, c = b + stateSize, decays = steps + (_sizes.LatentHeads * heads);
        for (int i = head * heads; i < (head + 1) * heads; i++, x += width, y += width, state += stateSize * width)
        {
            TVector a = TSimd.Broadcast(decays[i]), dt = TSimd.Broadcast(steps[i]), d = TSimd.Broadcast(_weights.Skips[i]);
            for (int p = 0; p < width; p += TSimd.Lanes)
            {
                int rest = width - p;
                TVector value = VectorMath<TSimd, TVector>.Load(x + p, rest), v = TSimd.Multiply(dt, value);
                TVector even = TSimd.Zero, odd = TSimd.Zero;
                float* row = state + p;
                int n = 0;
                for (; n + 2 <= stateSize; n += 2, row += 2 * width)
                {
                    TVector s0 = TSimd.Multiply(a, VectorMath<TSimd, TVector>.Load(row, rest));
                    TVector s1 = TSimd.Multiply(a, VectorMath<TSimd, TVector>.Load(row + width, rest));
                    s0 = TSimd.MultiplyAdd(TSimd.Broadcast(b[n]), v, s0);
                    s1 = TSimd.MultiplyAdd(TSimd.Broadcast(b[n + 1]), v, s1);
                    VectorMath<TSimd, TVector>.Store(row, s0, rest);
                    VectorMath<TSimd, TVector>.Store(row + width, s1, rest);
                    even = TSimd.MultiplyAdd(TSimd.Broadcast(c[n]), s0, even);
                    odd = TSimd.MultiplyAdd(TSimd.Broadcast(c[n + 1]), s1, odd);
                }

                if (n < stateSize)
                {
                    TVector s = TSimd.MultiplyAdd(TSimd.Broadcast(b[n]), v, TSimd.Multiply(a, VectorMath<TSimd, TVector>.Load(row, rest)));
                    VectorMath<TSimd, TVector>.Store(row, s, rest);
                    even = TSimd.MultiplyAdd(TSimd.Broadcast(c[n]), s, even);
                }

                VectorMath<TSimd, TVector>.Store(y + p, TSimd.MultiplyAdd(d, value, TSimd.Add(even, odd)), rest);
            }
        }
    }
}
