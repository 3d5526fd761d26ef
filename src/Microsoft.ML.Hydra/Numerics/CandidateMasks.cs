namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// A <see cref="CandidateMask"/> for each of several queries: that of query <c>i</c> has <paramref name="words"/> words from
/// <c>excluded[i · words]</c> on. The default leaves out row 0 only, for every query.
/// </summary>
internal readonly ref struct CandidateMasks(ReadOnlySpan<ulong> excluded, int words)
{
    /// <summary>The words of all masks.</summary>
    public ReadOnlySpan<ulong> Excluded { get; } = excluded;

    /// <summary>Words of one mask.</summary>
    public int Words { get; } = words;

    /// <summary>Throws unless there is a mask for each query, or none has words.</summary>
    public void Check(int queries, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Words, name);
        if ((long)queries * Words > Excluded.Length)
        {
            throw new ArgumentException(
                $"{queries} masks of {Words} words do not fit into {Excluded.Length} words; give one for each query, or none.", name);
        }
    }
}
