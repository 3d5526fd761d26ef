using System.Numerics;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Top-k and exact ranks over catalogue scores, with one order for both: score descending, then row ascending; NaN ranks as −∞.
/// </summary>
internal static class Ranking
{
    /// <summary>The best candidates, best first.</summary>
    /// <param name="scores">Score of each row; row 0 is ignored.</param>
    /// <param name="k">Most candidates wanted.</param>
    /// <param name="candidates">Which rows may be ranked.</param>
    /// <param name="rows">Receives the rows; at least <paramref name="k"/> or as many as there are scores.</param>
    /// <param name="topScores">Receives their scores, NaN as −∞; as long as <paramref name="rows"/>.</param>
    /// <returns>How many were found: <paramref name="k"/>, or fewer when there are fewer candidates.</returns>
    public static int TopK(ReadOnlySpan<float> scores, int k, CandidateMask candidates, Span<int> rows, Span<float> topScores)
    {
        k = Math.Min(k, scores.Length);
        rows = rows[..k];
        topScores = topScores[..k];
        int count = 0;
        int row = 1;
        for (; row < scores.Length && count < k; row++)
        {
            if (candidates.IsCandidate(row))
            {
                float score = scores[row];
                SiftUp(rows, topScores, count++, row, float.IsNaN(score) ? float.NegativeInfinity : score);
            }
        }

        if (count == k && k > 0)
        {
            // The worst of the best is at index 0; a later row must beat it strictly, and NaN never does.
            for (; row < scores.Length; row++)
            {
                if (scores[row] > topScores[0] && candidates.IsCandidate(row))
                {
                    SiftDown(rows, topScores, row, scores[row]);
                }
            }
        }

        for (int last = count - 1; last > 0; last--)
        {
            (int worstRow, float worstScore) = (rows[0], topScores[0]);
            SiftDown(rows[..last], topScores[..last], rows[last], topScores[last]);
            (rows[last], topScores[last]) = (worstRow, worstScore);
        }

        return count;
    }

    /// <summary>The exact rank, from 1, of a row among the candidates; 0 when the row is 0 or no candidate.</summary>
    /// <param name="scores">Score of each row; row 0 is ignored.</param>
    /// <param name="labelRow">The row to rank.</param>
    /// <param name="candidates">Which rows may be ranked.</param>
    public static int RankOf(ReadOnlySpan<float> scores, int labelRow, CandidateMask candidates)
    {
        if (labelRow <= 0 || labelRow >= scores.Length || !candidates.IsCandidate(labelRow))
        {
            return 0;
        }

        float label = scores[labelRow];
        label = float.IsNaN(label) ? float.NegativeInfinity : label;
        int better = 0;
        if (float.IsNegativeInfinity(label))
        {
            better = labelRow - 1; // every earlier row is at least as good, NaN included
        }
        else
        {
            for (int row = 1; row < labelRow; row++)
            {
                better += scores[row] >= label ? 1 : 0;
            }
        }

        for (int row = labelRow + 1; row < scores.Length; row++)
        {
            better += scores[row] > label ? 1 : 0;
        }

        return 1 + better - CountExcludedBetter(scores, labelRow, label, candidates.Excluded);
    }

    private static int CountExcludedBetter(ReadOnlySpan<float> scores, int labelRow, float label, ReadOnlySpan<ulong> excluded)
    {
        int count = 0;
        for (int word = 0; word < excluded.Length; word++)
        {
            for (ulong bits = excluded[word]; bits != 0; bits &= bits - 1)
            {
                int row = (word << 6) + BitOperations.TrailingZeroCount(bits);
                if (row > 0 && row < scores.Length)
                {
                    float score = float.IsNaN(scores[row]) ? float.NegativeInfinity : scores[row];
                    count += score > label || (score == label && row < labelRow) ? 1 : 0;
                }
            }
        }

        return count;
    }

    /// <summary>Puts a candidate into a heap of <paramref name="count"/> whose root is the worst.</summary>
    private static void SiftUp(Span<int> rows, Span<float> scores, int count, int row, float score)
    {
        int at = count;
        while (at > 0)
        {
            int parent = (at - 1) >> 1;
            if (!IsWorse(row, score, rows[parent], scores[parent]))
            {
                break;
            }

            (rows[at], scores[at]) = (rows[parent], scores[parent]);
            at = parent;
        }

        (rows[at], scores[at]) = (row, score);
    }

    /// <summary>Replaces the root of a heap whose root is the worst.</summary>
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
