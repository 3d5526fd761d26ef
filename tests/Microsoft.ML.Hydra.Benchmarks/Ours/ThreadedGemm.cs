using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Ours;

/// <summary>Our matrix product on several threads, for matrices without gaps. Results do not depend on the number of threads.</summary>
internal static unsafe class ThreadedGemm
{
    // Work below this many multiply-adds for a thread is not worth one.
    private const long LeastWorkOfTask = 1 << 18;

    // The least common multiples of the tiles of all instruction sets.
    private const int RowsOfGrid = 12;
    private const int ColumnsOfGrid = 32;

    /// <summary><c>C = op(A) · op(B)</c>.</summary>
    public static void Run(in GemmShape shape, float* a, float* b, float* c, Workspace workspace)
    {
        (int m, int n, int k) = (shape.M, shape.N, shape.K);
        (int rowBlock, int columnBlock) = Grid(m, n, k, workspace.DegreeOfParallelism);
        var product = new Product(
            new(m, n, k), shape.TransposeA ? new(a, 1, m) : new(a, k, 1), shape.TransposeB ? new(b, 1, k) : new(b, n, 1), c, rowBlock, columnBlock);
        workspace.Run(Blocks(m, rowBlock) * Blocks(n, columnBlock), product);
    }

    // One task for each thread, cut along the rows first because a block of columns packs its part of B for itself.
    private static (int Rows, int Columns) Grid(int m, int n, int k, int degree)
    {
        int tasks = (int)Math.Clamp((long)m * n * Math.Max(k, 1) / LeastWorkOfTask, 1, degree);
        int rowTasks = Math.Min(tasks, Blocks(m, RowsOfGrid));
        int columnTasks = Math.Min(Blocks(tasks, rowTasks), Blocks(n, ColumnsOfGrid));
        return (Blocks(Blocks(m, rowTasks), RowsOfGrid) * RowsOfGrid, Blocks(Blocks(n, columnTasks), ColumnsOfGrid) * ColumnsOfGrid);
    }

    private static int Blocks(int count, int block) => (count + block - 1) / block;

    private readonly struct Product(GemmSizes sizes, MatrixPointer a, MatrixPointer b, float* c, int rowBlock, int columnBlock) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
        {
            int columnBlocks = Blocks(sizes.N, columnBlock);
            int row = task / columnBlocks * rowBlock, column = task % columnBlocks * columnBlock;
            GemmSizes block = new(Math.Min(rowBlock, sizes.M - row), Math.Min(columnBlock, sizes.N - column), sizes.K);
            GemmBlocks<TSimd, TVector>.Multiply(
                block, a.From(row, 0), b.From(0, column), new RowPointer(c, sizes.N).From(row, column), adds: false, arena);
        }
    }
}
