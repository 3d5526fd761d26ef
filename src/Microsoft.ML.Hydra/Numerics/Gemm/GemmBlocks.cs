namespace Microsoft.ML.Hydra.Numerics;

/// <summary>A matrix in pinned memory: element (i, j) is at <c>Start[i · Row + j · Column]</c>.</summary>
internal readonly unsafe struct MatrixPointer(float* start, nint row, nint column)
{
    public float* Start { get; } = start;

    public nint Row { get; } = row;

    public nint Column { get; } = column;

    /// <summary>The part of the matrix from an element on.</summary>
    public MatrixPointer From(nint row, nint column) => new(Start + (row * Row) + (column * Column), Row, Column);
}

/// <summary>Sizes of <c>C = A · B</c>, of M × N, M × K and K × N; any may be 0.</summary>
internal readonly record struct GemmSizes(int M, int N, int K);

/// <summary>
/// The matrix product <c>C = A · B</c>, or <c>C += A · B</c>, on one thread. It is cut into blocks that fit the caches, and blocks
/// into tiles that fit the registers. B is copied into panels, each as wide as a tile and contiguous in k. A is read in place unless C is wide
/// enough to pay for a copy of it. Every element is a sum in the order of k (blocks of <see cref="StepsPerBlock"/> terms, then the
/// blocks), wherever it is in C. The error is at most about <c>K · 6e-8 · Σ |a b|</c>.
/// </summary>
internal static unsafe class GemmBlocks<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
{
    /// <summary>Terms of a sum that are added in registers: a panel of B of this length fits the first-level cache.</summary>
    public const int StepsPerBlock = 256;

    private const int RowsPerBlock = 240;       // with StepsPerBlock, the part of A that stays in the second-level cache
    private const int ColumnsPerBlock = 1024;   // packed at once: 1 MB
    private const int ColumnsWorthPackingA = 512;

    /// <summary>Numbers that <see cref="Pack"/> writes.</summary>
    public static long PackedLength(int k, int n) => (long)Panels(n) * GemmTile<TSimd, TVector>.Columns * k;

    /// <summary>Multiplies; C is not read unless the product is added to it.</summary>
    public static void Multiply(GemmSizes sizes, MatrixPointer a, MatrixPointer b, RowPointer c, bool adds, Arena arena)
    {
        (int m, int n, int k) = sizes;
        float* scratch = arena.Floats(TileScratch);
        if (k == 0)
        {
            MultiplyPanels(sizes, a, default, c, adds, scratch);
            return;
        }

        float* packed = arena.Floats(PackedLength(Math.Min(k, StepsPerBlock), Math.Min(n, ColumnsPerBlock)));
        for (int step = 0; step < k; step += StepsPerBlock)
        {
            int steps = Math.Min(StepsPerBlock, k - step);
            for (int column = 0; column < n; column += ColumnsPerBlock)
            {
                int columns = Math.Min(ColumnsPerBlock, n - column);
                Pack(steps, columns, b.From(step, column), packed);
                MultiplyPanels(new(m, columns, steps), a.From(0, step), new(packed, steps), c.From(0, column), adds || step > 0, scratch);
            }
        }
    }

    /// <summary>The same with a B that <see cref="Pack"/> has packed whole.</summary>
    public static void MultiplyPacked(GemmSizes sizes, MatrixPointer a, float* packed, RowPointer c, bool adds, Arena arena)
    {
        (int m, int n, int k) = sizes;
        nint width = GemmTile<TSimd, TVector>.Columns;
        float* scratch = arena.Floats(TileScratch);
        for (int step = 0; step < k; step += StepsPerBlock)
        {
            int steps = Math.Min(StepsPerBlock, k - step);
            MultiplyPanels(new(m, n, steps), a.From(0, step), new(packed + (step * width), k), c, adds || step > 0, scratch);
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
            MatrixPointer source = b.From(0, column);
            if (b.Column == 1)
            {
                PackRows(k, columns, source, packed);
            }
            else
            {
                PackElements(k, columns, source, packed);
            }
        }
    }

    // A block of A in packed form, then a tile of C.
    private static int TileScratch => (RowsPerBlock * StepsPerBlock) + (GemmTile<TSimd, TVector>.Rows * GemmTile<TSimd, TVector>.Columns);

    private static int Panels(int n) => (n + GemmTile<TSimd, TVector>.Columns - 1) / GemmTile<TSimd, TVector>.Columns;

    // Rows of B are contiguous.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackRows(nint k, int columns, MatrixPointer b, float* packed)
    {
        float* source = b.Start;
        nint row = b.Row;
        for (nint i = 0; i < k; i++, source += row, packed += GemmTile<TSimd, TVector>.Columns)
        {
            TSimd.Store(packed, VectorMath<TSimd, TVector>.Load(source, columns));
            TSimd.Store(
                packed + TSimd.Lanes,
                columns > TSimd.Lanes ? VectorMath<TSimd, TVector>.Load(source + TSimd.Lanes, columns - TSimd.Lanes) : TSimd.Zero);
        }
    }

    // Four columns at a time: each of them is read along k, which is contiguous in a transposed B.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackElements(nint k, int columns, MatrixPointer b, float* packed)
    {
        nint row = b.Row, column = b.Column, width = GemmTile<TSimd, TVector>.Columns;
        int j = 0;
        for (; j + 4 <= columns; j += 4)
        {
            float* s0 = b.Start + (j * column), s1 = s0 + column, s2 = s1 + column, s3 = s2 + column;
            float* target = packed + j;
            for (nint i = 0; i < k; i++, target += width)
            {
                (target[0], target[1], target[2], target[3]) = (s0[i * row], s1[i * row], s2[i * row], s3[i * row]);
            }
        }

        for (; j < width; j++)
        {
            float* s = b.Start + (j * column);
            for (nint i = 0; i < k; i++)
            {
                packed[(i * width) + j] = j < columns ? s[i * row] : 0;
            }
        }
    }

    // The panel of b that begins at a column is at panels[column]: the stride is K of the whole packing.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyPanels(GemmSizes sizes, MatrixPointer a, RowPointer panels, RowPointer c, bool adds, float* scratch)
    {
        (int m, int n, int k) = sizes;
        int height = GemmTile<TSimd, TVector>.Rows, width = GemmTile<TSimd, TVector>.Columns;
        RowPointer partialTile = new(scratch + (RowsPerBlock * StepsPerBlock), width);
        bool packsA = n >= ColumnsWorthPackingA;
        for (int rowBlock = 0; rowBlock < m; rowBlock += RowsPerBlock)
        {
            int rowEnd = Math.Min(m, rowBlock + RowsPerBlock);
            PackA(packsA ? rowBlock : rowBlock + ((rowEnd - rowBlock) / height * height), rowEnd, k, a, scratch);
            for (int column = 0; column < n; column += width)
            {
                float* panel = panels[column];
                int columns = Math.Min(width, n - column), tileColumns = columns <= TSimd.Lanes ? TSimd.Lanes : width;
                for (int row = rowBlock; row < rowEnd; row += height)
                {
                    RowPointer target = c.From(row, column);
                    bool wholeRows = row + height <= rowEnd;
                    int rows = wholeRows ? height : GemmTile<TSimd, TVector>.LastRows(rowEnd - row);
                    MatrixPointer source = packsA ? new(scratch + ((row - rowBlock) * (nint)k), 1, rows)
                        : wholeRows ? a.From(row, 0)
                        : new(scratch, 1, rows);
                    if (wholeRows && columns == tileColumns)
                    {
                        GemmTile<TSimd, TVector>.Run(new(rows, tileColumns, k), source, panel, target, adds);
                    }
                    else
                    {
                        GemmTile<TSimd, TVector>.Run(new(rows, tileColumns, k), source, panel, partialTile, false);
                        CopyPart(Math.Min(height, rowEnd - row), columns, partialTile.Start, target, adds);
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
            CopyRows(rows, rows == height ? height : GemmTile<TSimd, TVector>.LastRows(rows), k, a.From(row, 0), packed);
        }
    }

    // The first rows of a as a tile of the given height
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyRows(int rows, nint height, nint k, MatrixPointer a, float* target)
    {
        float* source = a.Start;
        nint row = a.Row, column = a.Column;
        for (nint i = 0; i < height; i++)
        {
            for (nint step = 0; step < k; step++)
            {
                target[(step * height) + i] = i < rows ? source[(i * row) + (step * column)] : 0;
            }
        }
    }

    // Writes or adds a part of a tile to C.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyPart(int rows, int columns, float* tile, RowPointer c, bool adds)
    {
        for (nint i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j += TSimd.Lanes)
            {
                TVector sum = TSimd.Load(tile + (i * GemmTile<TSimd, TVector>.Columns) + j);
                float* target = c[i] + j;
                if (adds)
                {
                    sum = TSimd.Add(VectorMath<TSimd, TVector>.Load(target, columns - j), sum);
                }

                VectorMath<TSimd, TVector>.Store(target, sum, columns - j);
            }
        }
    }
}
