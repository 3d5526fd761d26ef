namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Which rows of a catalogue may be ranked: every row but 0 and those whose bit is set. Row <c>r</c> is bit <c>r % 64</c> of
/// word <c>r / 64</c>; rows beyond the last word are candidates, so the default mask leaves out row 0 only.
/// </summary>
internal readonly ref struct CandidateMask(ReadOnlySpan<ulong> excluded)
{
    private readonly ReadOnlySpan<ulong> _excluded = excluded;

    /// <summary>The words with the excluded rows.</summary>
    public ReadOnlySpan<ulong> Excluded => _excluded;

    /// <summary>Words that <paramref name="rows"/> rows need.</summary>
    public static int WordCount(int rows) => (rows + 63) >> 6;

    /// <summary>Whether the row may be ranked.</summary>
    public bool IsCandidate(int row)
    {
        int word = row >> 6;
        return row > 0 && (word >= _excluded.Length || ((_excluded[word] >> (row & 63)) & 1) == 0);
    }
}
