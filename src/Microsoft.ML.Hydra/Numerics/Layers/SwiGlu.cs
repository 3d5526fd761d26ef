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
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            nint first = (nint)task * rowsPerTask;
            SwiGluRows<TSimd, TVector>.Forward(
                Math.Min(rowsPerTask, rows - (int)first), width, x + (first * xStride), xStride, y + (first * yStride), yStride);
        }
    }

    private readonly struct BackwardRows(
        int rows, int rowsPerTask, int width, float* x, nint xStride, float* dy, nint dyStride, float* dx, nint dxStride) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            nint first = (nint)task * rowsPerTask;
            SwiGluRows<TSimd, TVector>.Backward(
                Math.Min(rowsPerTask, rows - (int)first), width, x + (first * xStride), xStride, dy + (first * dyStride), dyStride,
                dx + (first * dxStride), dxStride);
        }
    }
}
