using System.Diagnostics;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// The vectors of a catalogue as <see cref="CatalogTopK"/> reads them, in panels of 64 rows: a vector register holds the scores
/// of as many rows as it has lanes, and a panel has one word of a <see cref="CandidateMask"/>. Immutable; safe for many threads.
/// Pointers into it hold as long as it is reachable.
/// </summary>
internal sealed unsafe class CatalogTable
{
    /// <summary>Rows of a panel.</summary>
    public const int PanelRows = 64;

    /// <summary>Widest vectors: sums of int8 products stay in int32.</summary>
    public const int MaximumWidth = 65_536;

    private const int RowsAtOnce = 8;   // enough sums to hide the latency of each

    // Panels [I / 64, d, 64] for Float32; rows [I, d] for Int8, which reads few of them.
    private readonly AlignedMemory _floats;

    /// <param name="items">The vectors by row; row 0 is padding and never ranked.</param>
    /// <param name="rows">Rows, row 0 among them, from 1.</param>
    /// <param name="width">d: width of a vector, 1 to <see cref="MaximumWidth"/>.</param>
    /// <param name="precision">What a query reads of every row.</param>
    public CatalogTable(ReadOnlyRows items, int rows, int width, CatalogPrecision precision)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, MaximumWidth);
        items.Check(rows, width, nameof(items));
        (Rows, Width, Precision, PanelCount) = (rows, width, precision, CandidateMask.WordCount(rows));
        fixed (float* source = items.Values)
        {
            if (precision == CatalogPrecision.Int8)
            {
                _floats = new AlignedMemory((long)rows * width * sizeof(float));
                CopyRows(source, items.Stride);
                Int8 = new Int8Panels(Row(0), rows, width);
            }
            else
            {
                _floats = new AlignedMemory((long)PanelCount * PanelRows * width * sizeof(float));
                for (int panel = 0; panel < PanelCount; panel++)
                {
                    Pack(source, items.Stride, panel, StoredPanel(panel));
                }
            }
        }
    }

    /// <summary>Rows, the padding row among them.</summary>
    public int Rows { get; }

    /// <summary>Width of a vector.</summary>
    public int Width { get; }

    /// <summary>What a query reads of every row.</summary>
    public CatalogPrecision Precision { get; }

    /// <summary>Panels, the last one filled up.</summary>
    public int PanelCount { get; }

    /// <summary>The int8 copy of <see cref="CatalogPrecision.Int8"/>.</summary>
    public Int8Panels? Int8 { get; }

    /// <summary>Bytes that every query reads when all rows are candidates.</summary>
    public long BytesPerQuery => Int8?.Bytes ?? _floats.Bytes;

    /// <summary>The vector of a row of an <see cref="CatalogPrecision.Int8"/> table.</summary>
    public float* Row(int row) => (float*)_floats.Start + ((nint)row * Width);

    /// <summary>Room for <see cref="Panel"/>, where it needs any.</summary>
    public float* PanelScratch(Arena arena) => Precision == CatalogPrecision.Float32 ? null : arena.Floats((long)PanelRows * Width);

    /// <summary>The rows from <c>64 · panel</c> on as <c>[d, 64]</c>.</summary>
    /// <param name="panel">Which panel.</param>
    /// <param name="scratch">What <see cref="PanelScratch"/> gave; written to where the table stores whole rows.</param>
    public float* Panel(int panel, float* scratch)
    {
        if (Precision == CatalogPrecision.Float32)
        {
            return StoredPanel(panel);
        }

        Pack(Row(0), Width, panel, scratch);
        return scratch;
    }

    /// <summary>The float32 scores of any rows of an <see cref="CatalogPrecision.Int8"/> table, in the order of operations of <see cref="PanelScores{TSimd, TVector}"/>.</summary>
    /// <param name="rows">Which rows.</param>
    /// <param name="query">As wide as the table.</param>
    /// <param name="scores">Receives a score for each row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Score(ReadOnlySpan<int> rows, float* query, Span<float> scores)
    {
        float** vectors = stackalloc float*[RowsAtOnce];
        float* group = stackalloc float[RowsAtOnce];
        for (int start = 0; start < rows.Length; start += RowsAtOnce)
        {
            int count = Math.Min(RowsAtOnce, rows.Length - start);
            for (int i = 0; i < RowsAtOnce; i++)
            {
                Debug.Assert(rows[start + Math.Min(i, count - 1)] >= 0, "Rows are those of the table.");
                vectors[i] = Row(rows[start + Math.Min(i, count - 1)]);
            }

            Score(vectors, query, Width, group);
            new ReadOnlySpan<float>(group, count).CopyTo(scores[start..]);
        }
    }

    private float* StoredPanel(int panel) => (float*)_floats.Start + ((nint)panel * PanelRows * Width);

    // The scores of 8 rows
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Score(float** rows, float* query, int width, float* scores)
    {
        float* e0 = rows[0], e1 = rows[1], e2 = rows[2], e3 = rows[3], e4 = rows[4], e5 = rows[5], e6 = rows[6], e7 = rows[7];
        float s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
        for (nint i = 0; i < width; i++)
        {
            float h = query[i];
            s0 = float.MultiplyAddEstimate(h, e0[i], s0);
            s1 = float.MultiplyAddEstimate(h, e1[i], s1);
            s2 = float.MultiplyAddEstimate(h, e2[i], s2);
            s3 = float.MultiplyAddEstimate(h, e3[i], s3);
            s4 = float.MultiplyAddEstimate(h, e4[i], s4);
            s5 = float.MultiplyAddEstimate(h, e5[i], s5);
            s6 = float.MultiplyAddEstimate(h, e6[i], s6);
            s7 = float.MultiplyAddEstimate(h, e7[i], s7);
        }

        (scores[0], scores[1], scores[2], scores[3], scores[4], scores[5], scores[6], scores[7]) = (s0, s1, s2, s3, s4, s5, s6, s7);
    }

    private void CopyRows(float* source, nint stride)
    {
        for (int row = 0; row < Rows; row++)
        {
            new ReadOnlySpan<float>(source + (row * stride), Width).CopyTo(new(Row(row), Width));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pack(float* source, nint stride, int panel, float* target)
    {
        for (int lane = 0; lane < PanelRows; lane++)
        {
            nint row = ((nint)panel * PanelRows) + lane;
            for (nint i = 0; i < Width; i++)
            {
                target[(i * PanelRows) + lane] = row < Rows ? source[(row * stride) + i] : 0;
            }
        }
    }
}

/// <summary>What a query reads of every row of a <see cref="CatalogTable"/>. The results are the same to the bit.</summary>
internal enum CatalogPrecision
{
    /// <summary>The float32 numbers.</summary>
    Float32,

    /// <summary>An int8 copy, a quarter of the bytes, and float32 for the few rows that it does not rule out.</summary>
    Int8,
}

/// <summary>
/// Scores of a query, <c>Σ_i h_i e_i</c> summed in the order of i with one multiply-add for each term: the same bits as
/// <see cref="GemmTile{TSimd, TVector}"/> and <see cref="CatalogTable.Score(ReadOnlySpan{int}, float*, Span{float})"/> give.
/// </summary>
internal static unsafe class PanelScores<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
{
    private const int PanelRows = CatalogTable.PanelRows;

    /// <summary>The scores of a panel, and a bit for each row above the threshold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ulong Run(float* panel, float* query, int width, float threshold, float* scores)
    {
        for (int lane = 0; lane < PanelRows; lane += TSimd.Lanes * (TSimd.HasManyRegisters ? 4 : 8))
        {
            if (TSimd.HasManyRegisters)
            {
                Four(panel + lane, query, width, scores + lane);
            }
            else
            {
                Eight(panel + lane, query, width, scores + lane);
            }
        }

        return Above(scores, threshold);
    }

    /// <summary>A bit for each of 64 numbers that is above the threshold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Above(float* values, float threshold)
    {
        TVector t = TSimd.Broadcast(threshold);
        ulong above = 0;
        for (int lane = 0; lane < PanelRows; lane += TSimd.Lanes)
        {
            above |= (ulong)TSimd.GreaterBits(TSimd.Load(values + lane), t) << lane;
        }

        return above;
    }

    // A whole panel of 512-bit vectors.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(float* panel, float* query, int width, float* scores)
    {
        TVector s0 = TSimd.Zero, s1 = s0, s2 = s0, s3 = s0;
        for (nint i = 0; i < width; i++, panel += PanelRows)
        {
            TVector h = TSimd.Broadcast(query[i]);
            s0 = TSimd.MultiplyAdd(h, TSimd.Load(panel), s0);
            s1 = TSimd.MultiplyAdd(h, TSimd.Load(panel + TSimd.Lanes), s1);
            s2 = TSimd.MultiplyAdd(h, TSimd.Load(panel + (2 * TSimd.Lanes)), s2);
            s3 = TSimd.MultiplyAdd(h, TSimd.Load(panel + (3 * TSimd.Lanes)), s3);
        }

        TSimd.Store(scores, s0);
        TSimd.Store(scores + TSimd.Lanes, s1);
        TSimd.Store(scores + (2 * TSimd.Lanes), s2);
        TSimd.Store(scores + (3 * TSimd.Lanes), s3);
    }

    // A whole panel of 256-bit vectors, read in one go, which is fastest for memory.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Eight(float* panel, float* query, int width, float* scores)
    {
        TVector s0 = TSimd.Zero, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
        for (nint i = 0; i < width; i++, panel += PanelRows)
        {
            TVector h = TSimd.Broadcast(query[i]);
            s0 = TSimd.MultiplyAdd(h, TSimd.Load(panel), s0);
            s1 = TSimd.MultiplyAdd(h, TSimd.Load(panel + TSimd.Lanes), s1);
            s2 = TSimd.MultiplyAdd(h, TSimd.Load(panel + (2 * TSimd.Lanes)), s2);
            s3 = TSimd.MultiplyAdd(h, TSimd.Load(panel + (3 * TSimd.Lanes)), s3);
            s4 = TSimd.MultiplyAdd(h, TSimd.Load(panel + (4 * TSimd.Lanes)), s4);
            s5 = TSimd.MultiplyAdd(h, TSimd.Load(panel + (5 * TSimd.Lanes)), s5);
            s6 = TSimd.MultiplyAdd(h, TSimd.Load(panel + (6 * TSimd.Lanes)), s6);
            s7 = TSimd.MultiplyAdd(h, TSimd.Load(panel + (7 * TSimd.Lanes)), s7);
        }

        TSimd.Store(scores, s0);
        TSimd.Store(scores + TSimd.Lanes, s1);
        TSimd.Store(scores + (2 * TSimd.Lanes), s2);
        TSimd.Store(scores + (3 * TSimd.Lanes), s3);
        TSimd.Store(scores + (4 * TSimd.Lanes), s4);
        TSimd.Store(scores + (5 * TSimd.Lanes), s5);
        TSimd.Store(scores + (6 * TSimd.Lanes), s6);
        TSimd.Store(scores + (7 * TSimd.Lanes), s7);
    }
}
