namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Second phase of a layer (arXiv 2405.21060). A task is one sequence in one latent head, and runs in blocks of time:
/// <code>
/// [z | x | B | C | dt] = SiLU(X_i) W_in      x, B, C ← SiLU(conv(x, B, C))      dt ← softplus(dt + bias + W_time f)
/// y = scan(x, dt, −exp(A_log), B, C) + D x      Y_i = RMSNorm(y ∘ SiLU(z)) W_out
/// </code>
/// </summary>
internal readonly unsafe struct MixForward(LayerPass pass) : IWork
{
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
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

/// <summary>
/// Backwards through <see cref="MixForward"/>, the last block of time first; a task is one slot of sequences in one latent head. It
/// computes everything except the scan's outputs again from X. Then it goes backwards through the output projection, the norm, the
/// scan, the convolution and the input projection.
/// </summary>
internal readonly unsafe struct MixBackward(LayerPass pass) : IWork
{
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        (int slot, int head) = Math.DivRem(task, pass.Sizes.LatentHeads);
        HeadGradients sums = HeadGradients.Of(pass.Sizes, pass.Gradients[slot], head);
        for (int sequence = pass.Tokens.FirstSequence(slot); sequence < pass.Tokens.FirstSequence(slot + 1); sequence++)
        {
            ArenaMark mark = arena.Mark();
            Sequence<TSimd, TVector>(sequence, head, sums, arena);
            arena.Release(mark);
        }
    }

    private void Sequence<TSimd, TVector>(int sequence, int head, in HeadGradients sums, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        nint first = pass.Tokens.Offset(sequence);
        int length = pass.Tokens.Offset(sequence + 1) - (int)first;
        var blocks = new TimeBlocks(pass.Sizes);
        var later = new LaterBlock(pass.Sizes, blocks.Count(length) > 1 ? arena : null);
        for (int block = blocks.Count(length) - 1; block >= 0; block--)
        {
            nint start = first + blocks.Start(length, block);
            ArenaMark mark = arena.Mark();
            Block<TSimd, TVector>(
                head, start, (int)(first + blocks.Start(length, block + 1) - start), block > 0 ? pass.BlockStateOf(start, head) : default, later, sums, arena);
            arena.Release(mark);
        }
    }

    private void Block<TSimd, TVector>(int head, nint first, int length, HeadState before, LaterBlock later, in HeadGradients sums, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        ModelSizes sizes = pass.Sizes;
        (int latent, int inner, int heads, int convolved) = (sizes.LatentWidth, sizes.InnerWidth, sizes.InnerHeads, sizes.ConvolvedWidth);
        nint row = sizes.LatentHeadsWidth;
        var mixed = new MixerHead<TSimd, TVector>(pass, head, first, length, before.Past, arena);
        float* y = pass.Kept.Scan + ((((nint)head * pass.Tokens.Tokens) + first) * inner);
        float* outputGradient = pass.Shared.HeadsGradient + (first * row) + (head * latent);
        int past = before.Past == null ? 0 : sizes.ConvolutionTaps - 1;   // inputs of the convolution before the block
        float* allProjectedGradient = arena.Floats((long)(past + length) * mixed.Stride), projectedGradient = allProjectedGradient + ((nint)past * mixed.Stride);

        // Y_i = U W_out, U = RMSNorm(y ∘ SiLU(z))
        float* gated = arena.Floats((long)length * inner);
        mixed.GatedNorm(0, y, gated, arena);
        WeightGradient<TSimd, TVector>.Add(length, inner, gated, inner, latent, outputGradient, row, sums.HeadOutput, arena);
        pass.Packed.HeadOutputGradient[head].Multiply<TSimd, TVector>(length, outputGradient, row, gated, inner, false, arena);
        float* normSums = arena.Floats(inner);
        RmsNorm<TSimd, TVector>.Backward(
            new(length, inner, new(y, inner), new(mixed.Projected, mixed.Stride), mixed.NormWeight),
            new(new(gated, inner), new(gated, inner), new(projectedGradient, mixed.Stride)), normSums, arena);
        TileRows<TSimd, TVector>.Add(inner, normSums, sums.ScanNorm);

        // y = scan(x, dt, A, B, C) + D x
        float* allConvolvedGradient = arena.Floats((long)(past + length) * convolved), convolvedGradient = allConvolvedGradient + ((nint)past * convolved);
        new Span<float>(allConvolvedGradient, past * convolved).Clear();
        float* stepGradient = arena.Floats((long)length * heads);
        double* rates = arena.Doubles(heads), skips = arena.Doubles(heads);
        RowPointer scanGradient = new(convolvedGradient, convolved);
        ScanGradients gradients = new()
        {
            Y = new(gated, inner),
            X = scanGradient,
            Steps = new(stepGradient, heads),
            B = scanGradient.From(0, inner),
            C = scanGradient.From(0, inner + sizes.StateSize),
            Rates = rates,
            Skips = skips,
        };
        SelectiveScanBackward<TSimd, TVector>.Run(mixed.Scan, gradients, later.Neighbours(before), arena);
        for (int i = 0; i < heads; i++)
        {
            sums.LogRates[i] += (float)(rates[i] * mixed.Scan.Rates[i]);
            sums.Skips[i] += (float)skips[i];
        }

        // x, B, C = SiLU(conv(…)), dt = softplus(… + bias + W_time f)
        float* tapSums = arena.Floats((long)sizes.ConvolutionTaps * convolved), biasSums = arena.Floats(convolved);
        ConvolutionSilu<TSimd, TVector>.Backward(
            mixed.Convolution, new(allConvolvedGradient, convolved), new(allProjectedGradient + inner, mixed.Stride), tapSums, biasSums, arena);
        later.PassConvolved<TSimd, TVector>(projectedGradient + ((nint)length * mixed.Stride) + inner, allProjectedGradient + inner, mixed.Stride, past);
        TileRows<TSimd, TVector>.Add(sizes.ConvolutionTaps * convolved, tapSums, sums.Taps);
        TileRows<TSimd, TVector>.Add(convolved, biasSums, sums.TapBias);
        StepSizes<TSimd, TVector>.Backward(
            length, heads, mixed.Projected + inner + convolved, mixed.Stride, mixed.StepBias, mixed.Times, stepGradient,
            projectedGradient + inner + convolved, sums.StepBias, arena);
        mixed.Times.Backward(length, heads, projectedGradient + inner + convolved, mixed.Stride, sums.StepTimes);

        // [z | x | B | C | dt] = SiLU(X_i) W_in
        WeightGradient<TSimd, TVector>.Add(length, latent, mixed.Input, latent, mixed.Stride, projectedGradient, mixed.Stride, sums.Projection, arena);
        float* inputGradient = arena.Floats((long)length * latent);
        pass.Packed.ProjectionGradient[head].Multiply<TSimd, TVector>(length, projectedGradient, mixed.Stride, inputGradient, latent, false, arena);
        nint offset = (first * row) + (head * latent);
        TileRows<TSimd, TVector>.SiluBackward(length, latent, pass.Kept.X + offset, pass.Shared.XGradient + offset, row, inputGradient);
    }
}
