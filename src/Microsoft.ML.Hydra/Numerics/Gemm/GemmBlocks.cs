using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Cuts a product into blocks that fit the caches and these into tiles that fit the registers. B is copied into panels, each
/// as wide as a tile and contiguous in k. A is read in place unless C is wide enough to pay for a copy of it.
/// </summary>
internal static unsafe class GemmBlocks<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Terms of a sum that are added in registers: a panel of B of this length fits the first cache.</summary>
    public const int StepsPerBlock = 256;

    private const int RowsPerBlock = 240;       // with StepsPerBlock, the part of A that stays in the second cache
    private const int ColumnsPerBlock = 1024;   // packed at once: 1 MB
    private const int ColumnsWorthPackingA = 512;

    /// <summary>Numbers that <see cref="Pack"/> writes.</summary>
    public static long PackedLength(int k, int n) => (long)Panels(n) * GemmTile<TSimd, TVector>.Columns * k;

    /// <summary><c>C = A · B</c>, or that added to C, on this thread.</summary>
    public static void Multiply(
        int m, int n, int k, MatrixPointer a, MatrixPointer b, float* c, nint cRow, bool adds, Arena arena)
    {
        if (k == 0)
        {
            Multiply(m, n, 0, a, c, 0, c, cRow, adds, arena.Floats(TileScratch));
            return;
        }

        float* scratch = arena.Floats(TileScratch);
        float* packed = arena.Floats(PackedLength(Math.Min(k, StepsPerBlock), Math.Min(n, ColumnsPerBlock)));
        for (int step = 0; step < k; step += StepsPerBlock)
        {
            int steps = Math.Min(StepsPerBlock, k - step);
            MatrixPointer aPart = new(a.Start + (step * a.Column), a.Row, a.Column);
            float* bPart = b.Start + (step * b.Row);
            bool addsPart = adds || step > 0;
            for (int column = 0; column < n; column += ColumnsPerBlock)
            {
                int columns = Math.Min(ColumnsPerBlock, n - column);
                Pack(steps, columns, new(bPart + (column * b.Column), b.Row, b.Column), packed);
                Multiply(m, columns, steps, aPart, packed, steps, c + column, cRow, addsPart, scratch);
            }
        }
    }

    /// <summary>The same with a B that <see cref="Pack"/> has packed whole.</summary>
    public static void MultiplyPacked(
        int m, int n, int k, MatrixPointer a, float* packed, float* c, nint cRow, bool adds, Arena arena)
    {
        nint width = GemmTile<TSimd, TVector>.Columns;
        float* scratch = arena.Floats(TileScratch);
        for (int step = 0; step < k; step += StepsPerBlock)
        {
            Multiply(
                m, n, Math.Min(StepsPerBlock, k - step), new(a.Start + (step * a.Column), a.Row, a.Column),
                packed + (step * width), k, c, cRow, adds || step > 0, scratch);
        }
    }

    /// <summary>Copies B into panels <c>[n / width, k, width]</c>, the last one filled up with zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(int k, int n, MatrixPointer b, float* packed)
    {
        int width = GemmTile<TSimd, TVector>.Columns;
        for (int column = 0; column < n; column += width, packed += (nint)k * width)
        {
            int columns = Math.Min(width, n - column);
            float* source = b.Start + (column * b.Column);
            if (b.Column == 1)
            {
                PackRows(k, columns, width, source, b.Row, packed);
            }
            else
            {
                PackElements(k, columns, width, source, b.Row, b.Column, packed);
            }
        }
    }

    // A block of A in packed form, then a tile of C.
    private static int TileScratch => (RowsPerBlock * StepsPerBlock) + (GemmTile<TSimd, TVector>.Rows * GemmTile<TSimd, TVector>.Columns);

    private static int Panels(int n) => (n + GemmTile<TSimd, TVector>.Columns - 1) / GemmTile<TSimd, TVector>.Columns;

    // Rows of B are contiguous.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackRows(nint k, int columns, nint width, float* source, nint row, float* packed)
    {
        for (nint i = 0; i < k; i++, source += row, packed += width)
        {
            TSimd.Store(packed, VectorMath<TSimd, TVector>.Load(source, columns));
            TSimd.Store(
                packed + TSimd.Lanes,
                columns > TSimd.Lanes ? VectorMath<TSimd, TVector>.Load(source + TSimd.Lanes, columns - TSimd.Lanes) : TSimd.Zero);
        }
    }

    // Four columns at a time: each of them is read along k, which is contiguous in a transposed B.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackElements(nint k, int columns, nint width, float* source, nint row, nint column, float* packed)
    {
        int j = 0;
        for (; j + 4 <= columns; j += 4)
        {
            float* s0 = source + (j * column), s1 = s0 + column, s2 = s1 + column, s3 = s2 + column;
            float* target = packed + j;
            for (nint i = 0; i < k; i++, target += width)
            {
                (target[0], target[1], target[2], target[3]) = (s0[i * row], s1[i * row], s2[i * row], s3[i * row]);
            }
        }

        for (; j < width; j++)
        {
            float* s = source + (j * column);
            for (nint i = 0; i < k; i++)
            {
                packed[(i * width) + j] = j < columns ? s[i * row] : 0;
            }
        }
    }

    // The panels of b hold bSteps rows each.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(
        int m, int n, int k, MatrixPointer a, float* b, nint bSteps, float* c, nint cRow, bool adds, float* scratch)
    {
        int height = GemmTile<TSimd, TVector>.Rows, width = GemmTile<TSimd, TVector>.Columns;
        float* partialTile = scratch + (RowsPerBlock * StepsPerBlock);
        bool packsA = n >= ColumnsWorthPackingA;
        for (int rowBlock = 0; rowBlock < m; rowBlock += RowsPerBlock)
        {
            int rowEnd = Math.Min(m, rowBlock + RowsPerBlock);
            PackA(packsA ? rowBlock : rowBlock + ((rowEnd - rowBlock) / height * height), rowEnd, k, a, scratch);
            for (int column = 0; column < n; column += width)
            {
                float* panel = b + (column * bSteps);
                int columns = Math.Min(width, n - column);
                bool isNarrow = columns <= TSimd.Lanes, wholePanel = columns == (isNarrow ? TSimd.Lanes : width);
                for (int row = rowBlock; row < rowEnd; row += height)
                {
                    float* target = c + (row * cRow) + column;
                    bool wholeRows = row + height <= rowEnd;
                    int rows = wholeRows ? height : GemmTile<TSimd, TVector>.LastRows(rowEnd - row);
                    MatrixPointer source = packsA ? new(scratch + ((row - rowBlock) * (nint)k), 1, rows)
                        : wholeRows ? new(a.Start + (row * a.Row), a.Row, a.Column)
                        : new(scratch, 1, rows);
                    if (wholeRows && wholePanel)
                    {
                        GemmTile<TSimd, TVector>.Run(height, isNarrow, k, source.Start, source.Row, source.Column, panel, width, target, cRow, adds);
                    }
                    else
                    {
                        GemmTile<TSimd, TVector>.Run(rows, isNarrow, k, source.Start, source.Row, source.Column, panel, width, partialTile, width, false);
                        CopyPart(Math.Min(height, rowEnd - row), columns, partialTile, width, target, cRow, adds);
                    }
                }
            }
        }
    }

    // Rows [begin, end) as tiles [k, rows of the tile], the last one filled up with zeros.
    private static void PackA(int begin, int end, int k, MatrixPointer a, float* packed)
    {
        int height = GemmTile<TSimd, TVector>.Rows;
        for (int row = begin; row < end; row += height, packed += height * (nint)k)
        {
            int rows = Math.Min(height, end - row);
            int padded = rows == height ? height : GemmTile<TSimd, TVector>.LastRows(rows);
            CopyRows(rows, k, padded, a.Start + (row * a.Row), a.Row, a.Column, packed);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyRows(int rows, nint k, nint height, float* source, nint row, nint column, float* target)
    {
        for (nint i = 0; i < height; i++)
        {
            for (nint step = 0; step < k; step++)
            {
                target[(step * height) + i] = i < rows ? source[(i * row) + (step * column)] : 0;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyPart(int rows, int columns, float* part, nint width, float* c, nint cRow, bool adds)
    {
        for (nint i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j += TSimd.Lanes)
            {
                TVector sum = TSimd.Load(part + (i * width) + j);
                float* target = c + (i * cRow) + j;
                if (adds)
                {
                    sum = TSimd.Add(VectorMath<TSimd, TVector>.Load(target, columns - j), sum);
                }

                VectorMath<TSimd, TVector>.Store(target, sum, columns - j);
            }
        }
    }
}
