namespace Microsoft.ML.Hydra.Numerics;

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
