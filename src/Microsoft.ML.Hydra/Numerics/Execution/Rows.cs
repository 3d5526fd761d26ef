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
