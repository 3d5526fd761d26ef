namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Gradients of matrices: sums over rows of outer products.</summary>
internal static unsafe class WeightGradient<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary><c>sum += a^T b</c>, <c>[m, n]</c>, for a of rows × m and b of rows × n.</summary>
    public static void Add(int rows, int m, float* a, nint aRow, int n, float* b, nint bRow, float* sum, Arena arena)
    {
        ArenaMark mark = arena.Mark();
        GemmBlocks<TSimd, TVector>.Multiply(new(m, n, rows), new(a, 1, aRow), new(b, bRow, 1), new(sum, n), true, arena);
        arena.Release(mark);
    }
}
