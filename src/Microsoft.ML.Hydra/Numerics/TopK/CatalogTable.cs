using System.Runtime.CompilerServices;

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

    /// <summary>Bytes held.</summary>
    public long Bytes => _floats.Bytes + (Int8?.Bytes ?? 0);

    /// <summary>Bytes that every query reads when all rows are candidates.</summary>
    public long BytesPerQuery => Int8?.Bytes ?? _floats.Bytes;

    /// <summary>The vector of a row of an <see cref="CatalogPrecision.Int8"/> table.</summary>
    public float* Row(int row) => (float*)_floats.Start + ((nint)row * Width);

    /// <summary>Room for <see cref="Panel"/>, if it needs any.</summary>
    public float* PanelScratch(Arena arena) => Precision == CatalogPrecision.Float32 ? null : arena.Floats((long)PanelRows * Width);

    /// <summary>The rows from <c>64 · panel</c> on as <c>[d, 64]</c>.</summary>
    /// <param name="panel">Which.</param>
    /// <param name="scratch">What <see cref="PanelScratch"/> gave; used by tables that store rows otherwise.</param>
    public float* Panel(int panel, float* scratch)
    {
        if (Precision == CatalogPrecision.Float32)
        {
            return StoredPanel(panel);
        }

        Pack(Row(0), Width, panel, scratch);
        return scratch;
    }

    private float* StoredPanel(int panel) => (float*)_floats.Start + ((nint)panel * PanelRows * Width);

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
