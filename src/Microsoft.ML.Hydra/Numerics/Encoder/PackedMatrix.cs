namespace Microsoft.ML.Hydra.Numerics;

/// <summary>A matrix of K × N with room for its packed form, in which a product reads it.</summary>
internal readonly unsafe struct PackedMatrix(int k, int n, MatrixPointer source, float* panels)
{
    private const int WidestTile = 32;

    /// <summary>Numbers of the packed form with any instruction set.</summary>
    public static long Length(int k, int n) => (long)PaddedWidth(n) * k;

    /// <summary>Numbers that <see cref="MultiplyRow"/> writes for N at the most.</summary>
    public static int PaddedWidth(int n) => (n + WidestTile - 1) / WidestTile * WidestTile;

    /// <summary>Packs the matrix as it is now.</summary>
    public void Pack<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
        => GemmBlocks<TSimd, TVector>.Pack(k, n, source, panels);

    /// <summary><c>c = a · this</c> for <paramref name="rows"/> rows of a, or that added to c.</summary>
    public void Multiply<TSimd, TVector>(int rows, float* a, nint aRow, float* c, nint cRow, bool adds, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        ArenaMark mark = arena.Mark();
        GemmBlocks<TSimd, TVector>.MultiplyPacked(new(rows, n, k), new(a, aRow, 1), panels, new(c, cRow), adds, arena);
        arena.Release(mark);
    }

    /// <summary><c>y = x · this</c> for one row; up to <see cref="PaddedWidth"/> numbers of y are written.</summary>
    public void MultiplyRow<TSimd, TVector>(float* x, float* y)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
        => RowProduct<TSimd, TVector>.Run(k, n, x, panels, y);
}
