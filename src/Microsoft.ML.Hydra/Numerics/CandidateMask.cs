namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Which rows of a catalogue may be ranked: every row but 0 and those whose bit is set. Row <c>r</c> is bit <c>r % 64</c> of
/// word <c>r / 64</c>; rows beyond the last word are candidates, so the default mask leaves out row 0 only.
/// </summary>
internal readonly ref struct CandidateMask(ReadOnlySpan<ulong> excluded)
{
    /// <summary>The words with the excluded rows.</summary>
    public ReadOnlySpan<ulong> Excluded { get; } = excluded;

    /// <summary>Words that <paramref name="rows"/> rows need.</summary>
    public static int WordCount(int rows) => (rows + 63) >> 6;

    /// <summary>Whether the row may be ranked.</summary>
    public bool IsCandidate(int row)
    {
        int word = row >> 6;
        return row > 0 && (word >= Excluded.Length || ((Excluded[word] >> (row & 63)) & 1) == 0);
    }
}

/// <summary>
/// A <see cref="CandidateMask"/> for each of several queries: the mask of query <c>i</c> has <paramref name="words"/> words from
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
