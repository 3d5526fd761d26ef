using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// One task is a block of rows of one group. With <c>r = 1 / sqrt(mean(u²) + ε)</c>:
/// <code>
/// du = r (w ∘ dy − u r² mean(u ∘ w ∘ dy))      dw = Σ_rows dy ∘ u r      dx = du ∘ SiLU(z)      dz = du ∘ x ∘ SiLU'(z)
/// </code>
/// </summary>
internal readonly unsafe struct RmsNormBackward(
    NormShape shape, int rowsPerTask, int tasksPerGroup, float* x, nint xStride, float* gate, nint gateStride, float* weight,
    float* dy, nint dyStride, float* dx, nint dxStride, float* gateGradient, nint gateGradientStride, float* weightSums) : IWork
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
        float* u = arena.Floats(width + TSimd.Lanes);
        float* sums = weightSums + (task * (nint)width);
        new Span<float>(sums, width).Clear();
        for (nint end = row + count; row < end; row++)
        {
            float* source = x + (row * xStride), z = gate == null ? null : gate + (row * gateStride);
            float scale = RmsNormRow<TSimd, TVector>.Gate(source, z, width, u);
            float dot = WeightGradient<TSimd, TVector>(dy + (row * dyStride), w, u, scale, sums, width);
            InputGradient<TSimd, TVector>(
                dy + (row * dyStride), w, u, scale, scale * scale * dot / width, source, z, dx + (row * dxStride),
                gate == null ? null : gateGradient + (row * gateGradientStride), width);
        }
    }

    // Adds dy ∘ u r to the sums and returns u · (w ∘ dy)
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float WeightGradient<TSimd, TVector>(float* dy, float* w, float* u, float scale, float* sums, int width)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector dot = TSimd.Zero, r = TSimd.Broadcast(scale);
        for (int i = 0; i < width; i += TSimd.Lanes)
        {
            TVector product = TSimd.Multiply(VectorMath<TSimd, TVector>.Load(dy + i, width - i), TSimd.Load(u + i));
            dot = TSimd.MultiplyAdd(product, VectorMath<TSimd, TVector>.Load(w + i, width - i), dot);
            TVector sum = TSimd.MultiplyAdd(product, r, VectorMath<TSimd, TVector>.Load(sums + i, width - i));
            VectorMath<TSimd, TVector>.Store(sums + i, sum, width - i);
        }

        return TSimd.Sum(dot);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void InputGradient<TSimd, TVector>(
        float* dy, float* w, float* u, float scale, float mean, float* x, float* z, float* dx, float* dz, int width)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector r = TSimd.Broadcast(scale), m = TSimd.Broadcast(mean);
        for (int i = 0; i < width; i += TSimd.Lanes)
        {
            int rest = width - i;
            TVector du = TSimd.Multiply(VectorMath<TSimd, TVector>.Load(dy + i, rest), VectorMath<TSimd, TVector>.Load(w + i, rest));
            du = TSimd.Multiply(r, TSimd.Subtract(du, TSimd.Multiply(TSimd.Load(u + i), m)));
            if (z != null)
            {
                TVector g = VectorMath<TSimd, TVector>.Load(z + i, rest), s = VectorMath<TSimd, TVector>.Sigmoid(g);
                TVector dg = TSimd.Multiply(du, VectorMath<TSimd, TVector>.Load(x + i, rest));
                VectorMath<TSimd, TVector>.Store(dz + i, TSimd.Multiply(dg, VectorMath<TSimd, TVector>.SiluDerivative(g, s)), rest);
                du = TSimd.Multiply(du, TSimd.Multiply(g, s));
            }

            VectorMath<TSimd, TVector>.Store(dx + i, du, rest);
        }
    }
}
