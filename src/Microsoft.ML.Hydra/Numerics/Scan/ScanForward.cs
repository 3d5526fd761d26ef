using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// The outputs of a scan; one task is one sequence of one group. With <paramref name="states"/>, <c>[G · B, H, N, P]</c>, it starts
/// from them instead of zeros and leaves the last ones there.
/// </summary>
internal readonly unsafe struct ScanForward(ScanOperands operands, float* y, nint yStride, float* states = null) : IWork
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        ScanShape shape = operands.Shape;
        int length = operands.Length(task);
        float* output = y + (operands.FirstRow(task) * yStride);
        RowMemory.Clear(output + (length * yStride), yStride, shape.Length - length, shape.Heads * shape.Width);
        if (length == 0)
        {
            return;
        }

        int width = OuterProductRecurrence<TSimd, TVector>.Padded(shape.Width);
        int stateSize = OuterProductRecurrence<TSimd, TVector>.Padded(shape.StateSize);
        PaddedRows b = PaddedRows.Of<TSimd, TVector>(operands.B(task), operands.BStride, length, shape.StateSize, arena);
        PaddedRows c = PaddedRows.Of<TSimd, TVector>(operands.C(task), operands.CStride, length, shape.StateSize, arena);
        float* memory = arena.Floats(ScanSegments.MemoryLength(length));
        float* state = arena.Floats(stateSize * width);                                // S', [N, P]
        float* v = arena.Floats(ScanSegments.LongestSegment * width);                  // f_t dt_t x_t
        float* o = arena.Floats(ScanSegments.LongestSegment * width);                  // S'_t C_t
        for (int head = 0; head < shape.Heads; head++)
        {
            float* dt = operands.Steps(task, head);
            var segments = ScanSegments.Find<TSimd, TVector>(dt, operands.StepStride, operands.Rate(task, head), length, memory);
            new Span<float>(state, stateSize * width).Clear();
            float* kept = states == null ? null : states + ((((nint)task * shape.Heads) + head) * shape.StateSize * shape.Width);
            if (kept != null)
            {
                CopyRows(shape.StateSize, shape.Width, kept, shape.Width, state, width);
            }

            for (int segment = 0; segment < segments.Count; segment++)
            {
                int start = segments.Start(segment), count = segments.Start(segment + 1) - start;
                VectorRows<TSimd, TVector>.Scale(state, stateSize * width, segments.Carry(segment));
                float* x = operands.X(task, head) + (start * operands.XStride);
                for (int i = 0; i < count; i++)
                {
                    float step = dt[(start + i) * operands.StepStride];
                    VectorRows<TSimd, TVector>.CopyScaled(
                        v + (i * width), width, x + (i * operands.XStride), shape.Width, step * segments.Growth[start + i]);
                }

                OuterProductRecurrence<TSimd, TVector>.Run(
                    state, stateSize, width, count, b.Row(start), b.Stride, c.Row(start), c.Stride, v, width, o, width);
                float* target = output + (start * yStride) + (head * shape.Width);
                WriteOutputs<TSimd, TVector>(
                    target, o, width, segments.Shrinkage + start, x, operands.Skip(task, head), count);
            }

            if (kept != null)
            {
                VectorRows<TSimd, TVector>.Scale(state, stateSize * width, segments.Shrinkage[length - 1]);
                CopyRows(shape.StateSize, shape.Width, state, width, kept, shape.Width);
            }
        }
    }

    private static void CopyRows(int rows, int width, float* from, nint fromStride, float* to, nint toStride)
    {
        for (nint row = 0; row < rows; row++)
        {
            new ReadOnlySpan<float>(from + (row * fromStride), width).CopyTo(new(to + (row * toStride), width));
        }
    }

    // y_t = S'_t C_t / f_t + D x_t
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WriteOutputs<TSimd, TVector>(float* target, float* o, nint width, float* shrinkage, float* x, float skip, int count)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int headWidth = operands.Shape.Width;
        nint targetStride = yStride, xStride = operands.XStride;
        bool hasSkip = operands.HasSkip;
        TVector d = TSimd.Broadcast(skip);
        for (nint i = 0; i < count; i++)
        {
            TVector factor = TSimd.Broadcast(shrinkage[i]);
            for (int p = 0; p < headWidth; p += TSimd.Lanes)
            {
                int rest = headWidth - p;
                TVector value = TSimd.Multiply(factor, TSimd.Load(o + (i * width) + p));
                if (hasSkip)
                {
                    value = TSimd.MultiplyAdd(d, VectorMath<TSimd, TVector>.Load(x + (i * xStride) + p, rest), value);
                }

                VectorMath<TSimd, TVector>.Store(target + (i * targetStride) + p, value, rest);
            }
        }
    }
}
