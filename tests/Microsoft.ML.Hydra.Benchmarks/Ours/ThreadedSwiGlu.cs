using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Ours;

/// <summary>Our SwiGLU on several threads, for rows without gaps: those of x are <c>[g | u]</c>.</summary>
internal static unsafe class ThreadedSwiGlu
{
    private const int NumbersPerTask = 1 << 15;

    /// <summary>Computes y, rows of <paramref name="width"/>.</summary>
    public static void Forward(int rows, int width, float* x, float* y, Workspace workspace) =>
        workspace.Run(Tasks(rows, width), new Product(rows, width, x, y, null, null));

    /// <summary>Overwrites the gradient of x from that of y.</summary>
    public static void Backward(int rows, int width, float* x, float* dy, float* dx, Workspace workspace) =>
        workspace.Run(Tasks(rows, width), new Product(rows, width, x, null, dy, dx));

    private static int RowsPerTask(int width) => Math.Max(1, NumbersPerTask / Math.Max(1, width));

    private static int Tasks(int rows, int width) => (rows + RowsPerTask(width) - 1) / RowsPerTask(width);

    // Forwards where there is a y, else backwards
    private readonly struct Product(int rows, int width, float* x, float* y, float* dy, float* dx) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
        {
            int first = task * RowsPerTask(width), count = Math.Min(RowsPerTask(width), rows - first);
            RowPointer input = new RowPointer(x, 2 * width).From(first);
            if (y != null)
            {
                SwiGlu<TSimd, TVector>.Forward(count, width, input, new RowPointer(y, width).From(first));
            }
            else
            {
                SwiGlu<TSimd, TVector>.Backward(count, width, input, new RowPointer(dy, width).From(first), new RowPointer(dx, 2 * width).From(first));
            }
        }
    }
}
