namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Rows to write: row <c>i</c> begins at <c>values[i · stride]</c>.</summary>
internal readonly ref struct Rows(Span<float> values, int stride)
{
    public Span<float> Values { get; } = values;

    /// <summary>Numbers from the beginning of one row to that of the next.</summary>
    public int Stride { get; } = stride;

    public static implicit operator ReadOnlyRows(Rows rows) => new(rows.Values, rows.Stride);

    /// <summary>Throws unless <paramref name="count"/> rows of <paramref name="width"/> lie inside.</summary>
    public void Check(long count, int width, string name) => ((ReadOnlyRows)this).Check(count, width, name);
}

/// <summary>Rows to read: row <c>i</c> begins at <c>values[i · stride]</c>.</summary>
internal readonly ref struct ReadOnlyRows(ReadOnlySpan<float> values, int stride)
{
    public ReadOnlySpan<float> Values { get; } = values;

    /// <summary>Numbers from the beginning of one row to that of the next.</summary>
    public int Stride { get; } = stride;

    /// <summary>Throws unless <paramref name="count"/> rows of <paramref name="width"/> lie inside.</summary>
    public void Check(long count, int width, string name)
    {
        if (count <= 0 || width <= 0)
        {
            return;
        }

        if (Stride < width || ((count - 1) * Stride) + width > Values.Length)
        {
            throw new ArgumentException(
                $"{count} rows of {width} with stride {Stride} do not fit into {Values.Length} numbers; give a longer span or the right stride.", name);
        }
    }
}

/// <summary>Rows in pinned memory, whose size the caller knows: row <c>i</c> begins at <c>Start[i · Stride]</c>.</summary>
internal readonly unsafe struct RowPointer(float* start, nint stride)
{
    public float* Start { get; } = start;

    /// <summary>Numbers from the beginning of one row to that of the next; negative to walk backwards.</summary>
    public nint Stride { get; } = stride;

    /// <summary>The beginning of a row.</summary>
    public float* this[nint row] => Start + (row * Stride);

    /// <summary>The rows from <paramref name="row"/> on; of each row, the numbers from <paramref name="column"/> on.</summary>
    public RowPointer From(nint row, nint column = 0) => new(this[row] + column, Stride);

    /// <summary>The rows from <paramref name="last"/> back to the first.</summary>
    public RowPointer BackFrom(nint last) => new(this[last], -Stride);

    /// <summary>Copies the first <paramref name="rows"/> rows of <paramref name="width"/>.</summary>
    public void CopyTo(RowPointer target, int rows, int width)
    {
        for (nint i = 0; i < rows; i++)
        {
            new ReadOnlySpan<float>(this[i], width).CopyTo(new(target[i], width));
        }
    }
}
