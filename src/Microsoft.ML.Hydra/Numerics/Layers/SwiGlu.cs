using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>The gated product of a SwiGLU feed-forward (arXiv 2002.05202): <c>y = SiLU(g) ∘ u</c>, where a row of the input is <c>[g | u]</c>.</summary>
internal static unsafe class SwiGlu
{
    private const int NumbersPerTask = 1 << 15;

    /// <summary>Computes y, rows of <paramref name="width"/>, from rows of twice that.</summary>
    public static void Forward(int rows, int width, ReadOnlyRows gateUp, Rows y, Workspace workspace)
    {
        gateUp.Check(rows, 2 * width, nameof(gateUp));
        y.Check(rows, width, nameof(y));
        fixed (float* input = gateUp.Values, output = y.Values)
        {
            int block = RowsPerTask(width);
            workspace.Run((rows + block - 1) / block, new ForwardRows(rows, block, width, input, gateUp.Stride, output, y.Stride));
        }
    }

    /// <summary>Overwrites the gradient of the input, rows <c>[dg | du]</c>, from that of y.</summary>
    public static void Backward(int rows, int width, ReadOnlyRows gateUp, ReadOnlyRows dy, Rows gradient, Workspace workspace)
    {
        gateUp.Check(rows, 2 * width, nameof(gateUp));
        dy.Check(rows, width, nameof(dy));
        gradient.Check(rows, 2 * width, nameof(gradient));
        fixed (float* input = gateUp.Values, outputs = dy.Values, target = gradient.Values)
        {
            int block = RowsPerTask(width);
            workspace.Run(
                (rows + block - 1) / block,
                new BackwardRows(rows, block, width, input, gateUp.Stride, outputs, dy.Stride, target, gradient.Stride));
        }
    }

    private static int RowsPerTask(int width) => Math.Max(1, NumbersPerTask / Math.Max(1, width));

    private readonly struct ForwardRows(int rows, int rowsPerTask, int width, float* x, nint xStride, float* y, nint yStride) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            int h = width;
            nint end = Math.Min(rows, (task + 1) * rowsPerTask);
            for (nint row = task * rowsPerTask; row < end; row++)
            {
                float* gate = x + (row * xStride), up = gate + h, target = y + (row * yStride);
                for (int i = 0; i < h; i += TSimd.Lanes)
                {
                    TVector g = VectorMath<TSimd, TVector>.Load(gate + i, h - i), u = VectorMath<TSimd, TVector>.Load(up + i, h - i);
                    VectorMath<TSimd, TVector>.Store(target + i, TSimd.Multiply(TSimd.Multiply(g, VectorMath<TSimd, TVector>.Sigmoid(g)), u), h - i);
                }
            }
        }
    }

    private readonly struct BackwardRows(
        int rows, int rowsPerTask, int width, float* x, nint xStride, float* dy, nint dyStride, float* dx, nint dxStride) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            int h = width;
            nint end = Math.Min(rows, (task + 1) * rowsPerTask);
            for (nint row = task * rowsPerTask; row < end; row++)
            {
                float* gate = x + (row * xStride), outputs = dy + (row * dyStride), target = dx + (row * dxStride);
                for (int i = 0; i < h; i += TSimd.Lanes)
                {
                    TVector g = VectorMath<TSimd, TVector>.Load(gate + i, h - i), u = VectorMath<TSimd, TVector>.Load(gate + h + i, h - i);
                    TVector d = VectorMath<TSimd, TVector>.Load(outputs + i, h - i), s = VectorMath<TSimd, TVector>.Sigmoid(g);
                    TVector dg = TSimd.Multiply(TSimd.Multiply(d, u), VectorMath<TSimd, TVector>.SiluDerivative(g, s));
                    VectorMath<TSimd, TVector>.Store(target + i, dg, h - i);
                    VectorMath<TSimd, TVector>.Store(target + h + i, TSimd.Multiply(d, TSimd.Multiply(g, s)), h - i);
                }
            }
        }
    }
}
