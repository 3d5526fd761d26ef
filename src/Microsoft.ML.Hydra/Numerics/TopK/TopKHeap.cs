using System.Numerics;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// The best rows so far, in the memory of the caller: score descending, then row ascending; NaN ranks as −∞. A heap whose
/// root is the worst.
/// </summary>
/// <param name="rows">Receives the rows; its length, from 1, is the most that are kept.</param>
/// <param name="scores">Receives their scores; as long.</param>
/// <param name="count">How many are in it already.</param>
internal ref struct TopKHeap(Span<int> rows, Span<float> scores, int count = 0)
{
    private readonly Span<int> _rows = rows;
    private readonly Span<float> _scores = scores;

    /// <summary>Most rows that are kept.</summary>
    public readonly int Capacity => _rows.Length;

    /// <summary>Rows held.</summary>
    public int Count { get; private set; } = count;

    /// <summary>Whether a row enters only in the place of a worse one.</summary>
    public readonly bool IsFull => Count == _rows.Length;

    /// <summary>A row with a higher index than all rows held enters only with a score above this; −∞ while the heap is not full.</summary>
    public readonly float Threshold => IsFull ? _scores[0] : float.NegativeInfinity;

    /// <summary>Row i of those held.</summary>
    public readonly int Row(int i) => _rows[i];

    /// <summary>Score i of those held.</summary>
    public readonly float Score(int i) => _scores[i];

    /// <summary>Adds those rows of a panel that are among the best and that the predicate does not refuse.</summary>
    /// <param name="firstRow">Row of the panel's first score.</param>
    /// <param name="candidates">A bit for each row of the panel to look at.</param>
    /// <param name="scores">Scores of the panel.</param>
    /// <param name="isCandidate">Called last, or <see langword="null"/>.</param>
    public unsafe void Offer(int firstRow, ulong candidates, float* scores, Func<int, bool>? isCandidate)
    {
        for (; candidates != 0; candidates &= candidates - 1)
        {
            int lane = BitOperations.TrailingZeroCount(candidates);
            Offer(firstRow + lane, scores[lane], isCandidate);
        }
    }

    /// <summary>Adds a row if it is among the best and the predicate does not refuse it; the worst makes room.</summary>
    /// <param name="row">The row.</param>
    /// <param name="score">Its score.</param>
    /// <param name="isCandidate">Called last, or <see langword="null"/>.</param>
    public void Offer(int row, float score, Func<int, bool>? isCandidate = null)
    {
        score = float.IsNaN(score) ? float.NegativeInfinity : score;
        if ((IsFull && !IsWorse(_rows[0], _scores[0], row, score)) || (isCandidate is not null && !isCandidate(row)))
        {
            return;
        }

        if (IsFull)
        {
            SiftDown(_rows, _scores, row, score);
        }
        else
        {
            SiftUp(row, score);
        }
    }

    /// <summary>Sorts the rows, best first; nothing can be added after that.</summary>
    public readonly void Sort()
    {
        for (int last = Count - 1; last > 0; last--)
        {
            (int worstRow, float worstScore) = (_rows[0], _scores[0]);
            SiftDown(_rows[..last], _scores[..last], _rows[last], _scores[last]);
            (_rows[last], _scores[last]) = (worstRow, worstScore);
        }
    }

    private void SiftUp(int row, float score)
    {
        int at = Count++;
        while (at > 0)
        {
            int parent = (at - 1) >> 1;
            if (!IsWorse(row, score, _rows[parent], _scores[parent]))
            {
                break;
            }

            (_rows[at], _scores[at]) = (_rows[parent], _scores[parent]);
            at = parent;
        }

        (_rows[at], _scores[at]) = (row, score);
    }

    // Replaces the root.
    private static void SiftDown(Span<int> rows, Span<float> scores, int row, float score)
    {
        int at = 0;
        for (int child = 1; child < rows.Length; child = (2 * at) + 1)
        {
            if (child + 1 < rows.Length && IsWorse(rows[child + 1], scores[child + 1], rows[child], scores[child]))
            {
                child++;
            }

            if (!IsWorse(rows[child], scores[child], row, score))
            {
                break;
            }

            (rows[at], scores[at]) = (rows[child], scores[child]);
            at = child;
        }

        (rows[at], scores[at]) = (row, score);
    }

    private static bool IsWorse(int row, float score, int otherRow, float otherScore) =>
        score < otherScore || (score == otherScore && row > otherRow);
}

/// <summary>Lists of the best rows, in pinned memory.</summary>
/// <param name="length">Most rows of a list, from 1.</param>
/// <param name="rows">Rows, room for <paramref name="length"/> in each list.</param>
/// <param name="scores">Scores, in the same places.</param>
/// <param name="counts">How many rows each list has; 0 at first.</param>
internal readonly unsafe struct TopKLists(int length, int* rows, float* scores, int* counts)
{
    /// <summary>Most rows of a list.</summary>
    public int Length => length;

    /// <summary>How many rows each list has.</summary>
    public int* Counts => counts;

    /// <summary>A list as the heap from which its count was written.</summary>
    public TopKHeap Heap(int list) =>
        new(new(rows + ((nint)list * length), length), new(scores + ((nint)list * length), length), counts[list]);
}
