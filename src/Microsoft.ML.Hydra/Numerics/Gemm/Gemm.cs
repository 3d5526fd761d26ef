namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Matrix product of float32. Every element is a sum in the order of k (blocks of <see cref="GemmBlocks{TSimd, TVector}.StepsPerBlock"/>
/// terms, then the blocks), whatever its place: results do not depend on the number of threads. The error is at most about
/// <c>K · 6e-8 · Σ |a b|</c>.
/// </summary>
internal static unsafe class Gemm
{
    // Work below this many multiply-adds for a thread is not worth one.
    private const long LeastWorkOfTask = 1 << 18;

    // The least common multiples of the tiles of all instruction sets.
    private const int RowsOfGrid = 12;
    private const int ColumnsOfGrid = 32;

    /// <summary><c>C = op(A) · op(B)</c>, or that added to C.</summary>
    public static void Run(in GemmShape shape, ReadOnlyRows a, ReadOnlyRows b, Rows c, Workspace workspace)
    {
        (int m, int n, int k) = (shape.M, shape.N, shape.K);
        ArgumentOutOfRangeException.ThrowIfNegative(m);
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        ArgumentOutOfRangeException.ThrowIfNegative(k);
        a.Check(shape.TransposeA ? k : m, shape.TransposeA ? m : k, nameof(a));
        b.Check(shape.TransposeB ? n : k, shape.TransposeB ? k : n, nameof(b));
        c.Check(m, n, nameof(c));
        if (m == 0 || n == 0)
        {
            return;
        }

        (int rowBlock, int columnBlock) = Grid(m, n, k, workspace.DegreeOfParallelism);
        int columnBlocks = (n + columnBlock - 1) / columnBlock;
        int rowBlocks = (m + rowBlock - 1) / rowBlock;
        fixed (float* pa = a.Values, pb = b.Values, pc = c.Values)
        {
            workspace.Run(
                rowBlocks * columnBlocks,
                new Product(shape, pa, a.Stride, pb, b.Stride, pc, c.Stride, rowBlock, columnBlock, columnBlocks));
        }
    }

    // One task for each thread, cut along the rows first because a block of columns packs its part of B for itself.
    private static (int Rows, int Columns) Grid(int m, int n, int k, int degree)
    {
        int tasks = (int)Math.Clamp((long)m * n * Math.Max(k, 1) / LeastWorkOfTask, 1, degree);
        int rowTasks = Math.Min(tasks, (m + RowsOfGrid - 1) / RowsOfGrid);
        int columnTasks = Math.Min((tasks + rowTasks - 1) / rowTasks, (n + ColumnsOfGrid - 1) / ColumnsOfGrid);
        return (RoundUp((m + rowTasks - 1) / rowTasks, RowsOfGrid), RoundUp((n + columnTasks - 1) / columnTasks, ColumnsOfGrid));
    }

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;

    private readonly struct Product(
        GemmShape shape, float* a, nint aStride, float* b, nint bStride, float* c, nint cStride,
        int rowBlock, int columnBlock, int columnBlocks) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            nint row = task / columnBlocks * rowBlock;
            nint column = task % columnBlocks * columnBlock;
            GemmBlocks<TSimd, TVector>.Multiply(
                (int)Math.Min(rowBlock, shape.M - row),
                (int)Math.Min(columnBlock, shape.N - column),
                shape.K,
                shape.TransposeA ? new(a + row, 1, aStride) : new(a + (row * aStride), aStride, 1),
                shape.TransposeB ? new(b + (column * bStride), 1, bStride) : new(b + column, bStride, 1),
                c + (row * cStride) + column,
                cStride,
                shape.Adds,
                arena);
        }
    }
}
