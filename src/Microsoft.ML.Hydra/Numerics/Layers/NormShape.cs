namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Sizes of a normalisation: rows of group g are <c>[g · RowsPerGroup, (g + 1) · RowsPerGroup)</c>.</summary>
/// <param name="Groups">G: groups with their own weight.</param>
/// <param name="RowsPerGroup">Rows of a group.</param>
/// <param name="Width">Width of a row.</param>
internal readonly record struct NormShape(int Groups, int RowsPerGroup, int Width)
{
    /// <summary>Rows of all groups.</summary>
    public long Rows => (long)Groups * RowsPerGroup;

    /// <summary>Throws where a size is below its least.</summary>
    public void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Groups, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(RowsPerGroup);
        ArgumentOutOfRangeException.ThrowIfLessThan(Width, 1);
    }
}
