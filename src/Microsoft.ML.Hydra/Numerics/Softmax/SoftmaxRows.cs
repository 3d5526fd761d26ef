using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Losses and query gradients of the rows at hand; one task is a block of rows. The probabilities stay unnormalised,
/// <c>u_i = e^(z_i − max)</c> with <c>s = Σ u</c>, so that they are written once:
/// <code>
/// loss = log s + max − z_t        dq = scale / s · Σ_i (u_i − s [i = t]) e_i
/// </code>
/// </summary>
internal readonly unsafe struct SoftmaxRows(
    SoftmaxShape shape, int firstRow, int rows, int rowsPerBlock, float* queries, nint queryStride, int* targets, float scale,
    float* gradient, nint gradientStride, SoftmaxBuffers buffers) : IWork
{
    // Inlined into its caller, the compiler makes such a loop half as fast.
    private const MethodImplOptions Loop = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        int row = task * rowsPerBlock, count = Math.Min(rowsPerBlock, rows - row);
        float* logits = buffers.Logits + ((nint)row * buffers.LogitStride);
        float* factors = arena.Floats(count);
        GemmBlocks<TSimd, TVector>.MultiplyPacked(
            new(count, shape.Items, shape.Width), new(queries + (row * queryStride), queryStride, 1), buffers.PackedColumns,
            new(logits, buffers.LogitStride), false, arena);
        for (int i = 0; i < count; i++)
        {
            float* z = logits + ((nint)i * buffers.LogitStride);
            for (int j = shape.Items; j < buffers.LogitStride; j++)
            {
                z[j] = float.NegativeInfinity;
            }

            int target = targets[row + i];
            double atTarget = z[target];
            float max = Max<TSimd, TVector>(z, buffers.LogitStride);
            double sum = Exponentials<TSimd, TVector>(z, buffers.LogitStride, max);
            buffers.Losses[firstRow + row + i] = Math.Log(sum) + max - atTarget;
            z[target] -= (float)sum;
            factors[i] = (float)(scale / sum);
            float* scaled = buffers.ScaledQueries + ((nint)(row + i) * shape.Width);
            VectorRows<TSimd, TVector>.CopyScaled(scaled, shape.Width, queries + ((row + i) * queryStride), shape.Width, factors[i]);
        }

        float* target0 = gradient + (row * gradientStride);
        GemmBlocks<TSimd, TVector>.MultiplyPacked(
            new(count, shape.Width, shape.Items), new(logits, buffers.LogitStride, 1), buffers.PackedRows, new(target0, gradientStride), false, arena);
        for (int i = 0; i < count; i++)
        {
            float* dq = target0 + (i * gradientStride);
            VectorRows<TSimd, TVector>.CopyScaled(dq, shape.Width, dq, shape.Width, factors[i]);
        }
    }

    [MethodImpl(Loop)]
    private static float Max<TSimd, TVector>(float* values, int count)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector even = TSimd.Load(values), odd = even;
        for (int i = 0; i < count; i += 2 * TSimd.Lanes)
        {
            even = TSimd.Max(even, TSimd.Load(values + i));
            odd = TSimd.Max(odd, TSimd.Load(values + Math.Min(i + TSimd.Lanes, count - TSimd.Lanes)));
        }

        return TSimd.MaxLane(TSimd.Max(even, odd));
    }

    // Replaces z by e^(z − max) and returns the sum, of which 1024 terms at a time are added in float32 lanes.
    [MethodImpl(Loop)]
    private static double Exponentials<TSimd, TVector>(float* z, int count, float max)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector shift = TSimd.Broadcast(max);
        double total = 0;
        for (int block = 0; block < count; block += 1024)
        {
            int end = Math.Min(count, block + 1024);
            TVector sum = TSimd.Zero;
            for (int i = block; i < end; i += TSimd.Lanes)
            {
                TVector value = VectorMath<TSimd, TVector>.Exp(TSimd.Subtract(TSimd.Load(z + i), shift));
                TSimd.Store(z + i, value);
                sum = TSimd.Add(sum, value);
            }

            total += TSimd.Sum(sum);
        }

        return total;
    }
}
