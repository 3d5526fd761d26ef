namespace Microsoft.ML.Hydra.Numerics;

/// <summary>What a selective scan over one sequence reads, in pinned memory.</summary>
internal readonly unsafe struct ScanOperands
{
    /// <summary>L: steps, from 1.</summary>
    public required int Length { get; init; }

    /// <summary>H: heads, which share B and C.</summary>
    public required int Heads { get; init; }

    /// <summary>P: width of a head.</summary>
    public required int Width { get; init; }

    /// <summary>N: width of B and C.</summary>
    public required int StateSize { get; init; }

    /// <summary>x: L rows of H · P.</summary>
    public required RowPointer X { get; init; }

    /// <summary>dt ≥ 0: L rows of H.</summary>
    public required RowPointer Steps { get; init; }

    /// <summary>A ≤ 0, <c>[H]</c>.</summary>
    public required float* Rates { get; init; }

    /// <summary>B: L rows of N.</summary>
    public required RowPointer B { get; init; }

    /// <summary>C: L rows of N.</summary>
    public required RowPointer C { get; init; }

    /// <summary>D, <c>[H]</c>.</summary>
    public required float* Skips { get; init; }
}

/// <summary>
/// The selective scan of Mamba-2 (arXiv 2405.21060) over one sequence, for all its heads:
/// <code>
/// S_t = exp(dt_t A) S_{t−1} + dt_t x_t B_t^T        y_t = S_t C_t + D x_t
/// </code>
/// The relative error is about 1e-6, however stiff the decay. The gradients are in <see cref="SelectiveScanBackward{TSimd, TVector}"/>.
/// </summary>
internal static unsafe class SelectiveScan<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
{
    /// <summary>Computes y.</summary>
    /// <param name="operands">What is read.</param>
    /// <param name="y">Receives L rows of H · P.</param>
    /// <param name="states">States before the first step, <c>[H, N, P]</c>, which become those after the last; null to start from zeros and keep none.</param>
    /// <param name="arena">Scratch memory.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(in ScanOperands operands, RowPointer y, float* states, Arena arena)
    {
        (int length, int headWidth, int headStates) = (operands.Length, operands.Width, operands.StateSize);
        int width = OuterProductRecurrence<TSimd, TVector>.Padded(headWidth);
        int stateSize = OuterProductRecurrence<TSimd, TVector>.Padded(headStates);
        RowPointer b = OuterProductRecurrence<TSimd, TVector>.Pad(operands.B, length, headStates, arena);
        RowPointer c = OuterProductRecurrence<TSimd, TVector>.Pad(operands.C, length, headStates, arena);
        float* memory = arena.Floats(ScanSegments.MemoryLength(length));
        RowPointer state = new(arena.Floats(stateSize * width), width);                                   // S', [N, P]
        RowPointer v = new(arena.Floats(ScanSegments.LongestSegment * width), width);                     // f_t dt_t x_t
        RowPointer o = new(arena.Floats(ScanSegments.LongestSegment * width), width);                     // S'_t C_t
        for (int head = 0; head < operands.Heads; head++)
        {
            RowPointer dt = operands.Steps.From(0, head);
            var segments = ScanSegments.Find<TSimd, TVector>(dt, operands.Rates[head], length, memory);
            new Span<float>(state.Start, stateSize * width).Clear();
            RowPointer kept = new(states == null ? null : states + ((nint)head * headStates * headWidth), headWidth);
            if (states != null)
            {
                kept.CopyTo(state, headStates, headWidth);
            }

            for (int segment = 0; segment < segments.Count; segment++)
            {
                int start = segments.Start(segment), count = segments.Start(segment + 1) - start;
                VectorRows<TSimd, TVector>.Scale(state.Start, stateSize * width, segments.Carry(segment));
                RowPointer x = operands.X.From(start, head * headWidth);
                for (int i = 0; i < count; i++)
                {
                    VectorRows<TSimd, TVector>.CopyScaled(v[i], width, x[i], headWidth, *dt[start + i] * segments.Growth[start + i]);
                }

                OuterProductRecurrence<TSimd, TVector>.Run(state.Start, stateSize, width, new(count, b.From(start), c.From(start), v, o));
                WriteOutputs(operands, head, segments, segment, o, y);
            }

            if (states != null)
            {
                VectorRows<TSimd, TVector>.Scale(state.Start, stateSize * width, segments.Shrinkage[length - 1]);
                state.CopyTo(kept, headStates, headWidth);
            }
        }
    }

    // y_t = S'_t C_t / f_t + D x_t over one segment, whose outputs of the recurrence are o
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteOutputs(in ScanOperands operands, int head, in ScanSegments segments, int segment, RowPointer o, RowPointer y)
    {
        int width = operands.Width, start = segments.Start(segment), count = segments.Start(segment + 1) - start;
        float* source = o.Start, x = operands.X[start] + (head * width), target = y[start] + (head * width), shrinkage = segments.Shrinkage + start;
        nint sourceStride = o.Stride, xStride = operands.X.Stride, targetStride = y.Stride;
        TVector d = TSimd.Broadcast(operands.Skips[head]);
        for (nint i = 0; i < count; i++)
        {
            TVector factor = TSimd.Broadcast(shrinkage[i]);
            for (int p = 0; p < width; p += TSimd.Lanes)
            {
                int rest = width - p;
                TVector value = TSimd.Multiply(factor, TSimd.Load(source + (i * sourceStride) + p));
                value = TSimd.MultiplyAdd(d, VectorMath<TSimd, TVector>.Load(x + (i * xStride) + p, rest), value);
                VectorMath<TSimd, TVector>.Store(target + (i * targetStride) + p, value, rest);
            }
        }
    }
}
