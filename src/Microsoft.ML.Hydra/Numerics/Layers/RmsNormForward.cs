using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>One task is a block of rows of one group.</summary>
internal readonly unsafe struct RmsNormForward(
    NormShape shape, int rowsPerTask, int tasksPerGroup, float* x, nint xStride, float* gate, nint gateStride, float* weight,
    float* y, nint yStride) : IWork
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        (int group, int block) = Math.DivRem(task, tasksPerGroup);
        int first = block * rowsPerTask, count = Math.Min(rowsPerTask, shape.RowsPerGroup - first), width = shape.Width;
        nint row = ((nint)group * shape.RowsPerGroup) + first;
        float* w = weight + (group * (nint)width);
        float* gated = arena.Floats(width + TSimd.Lanes);
        for (nint end = row + count; row < end; row++)
        {
            float* source = x + (row * xStride), target = y + (row * yStride);
            float scale = RmsNormRow<TSimd, TVector>.Gate(source, gate == null ? null : gate + (row * gateStride), width, gated);
            TVector r = TSimd.Broadcast(scale);
            for (int i = 0; i < width; i += TSimd.Lanes)
            {
                TVector value = TSimd.Multiply(TSimd.Multiply(TSimd.Load(gated + i), r), VectorMath<TSimd, TVector>.Load(w + i, width - i));
                VectorMath<TSimd, TVector>.Store(target + i, value, width - i);
            }
        }
    }
}
