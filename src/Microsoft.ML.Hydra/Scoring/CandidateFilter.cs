using System.Collections;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>
/// Which items may be recommended: allowed and not denied, and not in the history when seen items are excluded. This includes the
/// label: a label that may not be recommended has rank 0 and counts as a miss. Immutable.
/// </summary>
internal sealed class CandidateFilter
{
    // Bit r is set when row r may never be recommended; null when every row may.
    private readonly ulong[]? _excluded;

    private CandidateFilter(bool excludeSeen, ulong[]? excluded)
    {
        ExcludeSeen = excludeSeen;
        _excluded = excluded;
    }

    /// <summary>Whether items of the history are left out.</summary>
    public bool ExcludeSeen { get; }

    /// <summary>Items of the allow list that the vocabulary does not know.</summary>
    public int NumberOfUnknownAllowedItems { get; private init; }

    /// <summary>Items of the deny list that the vocabulary does not know.</summary>
    public int NumberOfUnknownDeniedItems { get; private init; }

    /// <summary>A filter from lists of ids.</summary>
    /// <param name="vocabulary">Finds the ids; key items are given by their values.</param>
    /// <param name="excludeSeen">Whether items of the history are left out.</param>
    /// <param name="allowed">The only items that may be recommended, or <see langword="null"/> for all.</param>
    /// <param name="denied">Items that may not, or <see langword="null"/>.</param>
    /// <exception cref="ArgumentException">A list holds ids of the wrong type.</exception>
    public static CandidateFilter Create(ItemVocabulary vocabulary, bool excludeSeen, IEnumerable? allowed, IEnumerable? denied)
    {
        int unknownAllowed = 0;
        int unknownDenied = 0;
        ulong[]? excluded = null;
        if (allowed is not null)
        {
            excluded = FindRows(vocabulary, allowed, "AllowedItems", out unknownAllowed);
            for (int word = 0; word < excluded.Length; word++)
            {
                excluded[word] = ~excluded[word];
            }
        }

        if (denied is not null)
        {
            ulong[] deniedRows = FindRows(vocabulary, denied, "DeniedItems", out unknownDenied);
            excluded ??= new ulong[deniedRows.Length];
            for (int word = 0; word < excluded.Length; word++)
            {
                excluded[word] |= deniedRows[word];
            }
        }

        return new CandidateFilter(excludeSeen, excluded)
        {
            NumberOfUnknownAllowedItems = unknownAllowed,
            NumberOfUnknownDeniedItems = unknownDenied,
        };
    }

    /// <summary>The same filter for the items of one domain.</summary>
    /// <param name="excluded">A bit for each item row, set where it is of another domain.</param>
    public CandidateFilter Within(ulong[] excluded) =>
        new(ExcludeSeen, _excluded is null ? excluded : [.. _excluded.Zip(excluded, (mine, others) => mine | others)]);

    /// <summary>The candidates after one history.</summary>
    /// <param name="seen">Item rows of the history.</param>
    /// <param name="numberOfItems">Size of the catalogue.</param>
    /// <param name="scratch">Memory of the caller, grown when needed; the mask may use it until the next call.</param>
    public CandidateMask Compose(ReadOnlySpan<int> seen, int numberOfItems, ref ulong[] scratch) =>
        ExcludeSeen && !seen.IsEmpty ? Exclude(seen, numberOfItems, ref scratch) : new CandidateMask(_excluded);

    /// <summary>The items that may be recommended except some; seen items count only if they are among those.</summary>
    /// <param name="rows">The rows to leave out.</param>
    /// <param name="numberOfItems">Size of the catalogue.</param>
    /// <param name="scratch">Memory of the caller, grown when needed; the mask uses it until the next call.</param>
    public CandidateMask Exclude(ReadOnlySpan<int> rows, int numberOfItems, ref ulong[] scratch)
    {
        int words = CandidateMask.WordCount(numberOfItems + 1);
        if (scratch.Length < words)
        {
            scratch = new ulong[words];
        }

        Span<ulong> excluded = scratch.AsSpan(0, words);
        if (_excluded is null)
        {
            excluded.Clear();
        }
        else
        {
            _excluded.CopyTo(excluded);
        }

        // Successive rows of one word, as in sorted rows, write the word once.
        int word = 0;
        ulong bits = 0;
        foreach (int row in rows)
        {
            if (row >> 6 != word)
            {
                excluded[word] |= bits;
                (word, bits) = (row >> 6, 0);
            }

            bits |= 1UL << (row & 63);
        }

        excluded[word] |= bits;
        return new CandidateMask(excluded);
    }

    /// <summary>Ids of the items that may never be recommended, or <see langword="null"/> when every item may.</summary>
    public object[]? ExcludedIds(ItemVocabulary vocabulary)
    {
        if (_excluded is null)
        {
            return null;
        }

        var mask = new CandidateMask(_excluded);
        var ids = new List<object>();
        for (int row = 1; row <= vocabulary.Count; row++)
        {
            if (!mask.IsCandidate(row))
            {
                ids.Add(vocabulary.IdOf(row));
            }
        }

        return [.. ids];
    }

    /// <summary>Writes which items may never be recommended: nothing where all may, or one bit a row in 64-bit little-endian words.</summary>
    public void Write(Stream stream) => stream.Write(MemoryMarshal.AsBytes<ulong>(_excluded));

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="EndOfStreamException">The content ends early.</exception>
    public static CandidateFilter Read(Stream stream, int numberOfItems, bool excludeSeen)
    {
        var excluded = new ulong[CandidateMask.WordCount(numberOfItems + 1)];
        Span<byte> bytes = MemoryMarshal.AsBytes(excluded.AsSpan());
        int read = stream.ReadAtLeast(bytes, 1, throwOnEndOfStream: false);
        if (read == 0)
        {
            return new CandidateFilter(excludeSeen, null);
        }

        stream.ReadExactly(bytes[read..]);
        return new CandidateFilter(excludeSeen, excluded);
    }

    private static ulong[] FindRows(ItemVocabulary vocabulary, IEnumerable ids, string optionName, out int unknown)
    {
        if (ids is string text)
        {
            throw new ArgumentException($"{optionName} is the one string \"{text}\", but must be a list of items; give an array, even of one.");
        }

        var rows = new ulong[CandidateMask.WordCount(vocabulary.Count + 1)];
        unknown = 0;
        foreach (object? id in ids)
        {
            int row;
            try
            {
                row = vocabulary.Find(id);
            }
            catch (ArgumentException e)
            {
                throw new ArgumentException($"{optionName}: {e.Message}", e);
            }

            if (row == 0)
            {
                unknown++;
            }

            rows[row >> 6] |= row == 0 ? 0 : 1UL << (row & 63);
        }

        return rows;
    }
}
