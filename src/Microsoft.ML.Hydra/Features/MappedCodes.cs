namespace Microsoft.ML.Hydra.Features;

/// <summary>
/// The directions of the mapped features z of all items, a byte a number: enough to compare them with those of items that arrive later. Immutable.
/// </summary>
/// <param name="Width">d.</param>
/// <param name="Values"><c>[items + 1, d]</c>; zeros where nothing is known of an item.</param>
internal sealed record MappedCodes(int Width, sbyte[] Values)
{
    /// <summary>Number of items.</summary>
    public int NumberOfItems => (Values.Length / Width) - 1;

    /// <summary>The codes of mapped features.</summary>
    /// <param name="mapped">z, <c>[items + 1, d]</c>.</param>
    /// <param name="width">d.</param>
    public static MappedCodes Of(float[] mapped, int width)
    {
        var codes = new MappedCodes(width, new sbyte[mapped.Length]);
        for (int row = 0; row < mapped.Length / width; row++)
        {
            codes.Set(row, mapped.AsSpan(row * width, width));
        }

        return codes;
    }

    /// <summary>The codes in a larger catalogue.</summary>
    /// <param name="numberOfItems">Its size.</param>
    /// <param name="rows">The rows whose codes are set.</param>
    /// <param name="mapped">z of each, <c>[rows, d]</c>.</param>
    public MappedCodes Extend(int numberOfItems, int[] rows, float[] mapped)
    {
        var larger = new MappedCodes(Width, new sbyte[(numberOfItems + 1) * Width]);
        Values.CopyTo(larger.Values, 0);
        for (int i = 0; i < rows.Length; i++)
        {
            larger.Set(rows[i], mapped.AsSpan(i * Width, Width));
        }

        return larger;
    }

    /// <summary>Vectors of these directions, <c>[items + 1, d]</c>.</summary>
    public float[] ToVectors() => Array.ConvertAll(Values, value => (float)value);

    private void Set(int row, ReadOnlySpan<float> vector)
    {
        float largest = 0;
        foreach (float value in vector)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        for (int i = 0; i < vector.Length; i++)
        {
            Values[(row * Width) + i] = largest == 0 ? (sbyte)0 : (sbyte)MathF.Round(sbyte.MaxValue * (vector[i] / largest));
        }
    }
}
