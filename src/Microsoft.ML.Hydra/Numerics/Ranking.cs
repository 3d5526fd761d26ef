using System.Numerics;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Top-k and exact ranks over catalogue scores, with one order for both: score descending, then row ascending; NaN ranks as −∞.
/// </summary>
internal static class Ranking
{
    /// <summary>Ranks that count in NDCG@10, the metric by which training makes all choices.</summary>
    public const int Cutoff = 10;

    /// <summary>What a held-out event with a rank, from 1, adds to NDCG@10; 0 beyond rank 10.</summary>
    public static double Gain(int rank) => rank <= Cutoff ? 1 / Math.Log2(rank + 1) : 0;

    /// <summary>The best candidates, best first.</summary>
    /// <param name="scores">Score of each row; row 0 is ignored.</param>
    /// <param name="k">Most rows to find.</param>
    /// <param name="candidates">Which rows may be ranked.</param>
    /// <param name="rows">Receives the rows; at least <paramref name="k"/> or as many as there are scores.</param>
    /// <param name="topScores">Receives their scores, NaN as −∞; as long as <paramref name="rows"/>.</param>
    /// <returns>How many were found: <paramref name="k"/>, or fewer when there are fewer candidates.</returns>
    public static int TopK(ReadOnlySpan<float> scores, int k, CandidateMask candidates, Span<int> rows, Span<float> topScores)
    {
        k = Math.Min(k, scores.Length);
        if (k == 0)
        {
            return 0;
        }

        var best = new TopKHeap(rows[..k], topScores[..k]);
        for (int row = 1; row < scores.Length; row++)
        {
            if ((!best.IsFull || scores[row] > best.Threshold) && candidates.IsCandidate(row))
            {
                best.Offer(row, scores[row]);
            }
        }

        best.Sort();
        return best.Count;
    }

    /// <summary>The exact rank, from 1, of a row among the candidates; 0 when the row is 0 or not a candidate.</summary>
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
}
