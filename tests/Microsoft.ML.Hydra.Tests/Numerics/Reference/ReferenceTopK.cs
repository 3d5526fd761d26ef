using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Tests.Numerics.Reference;

/// <summary>Top-k over a catalogue by scoring every row and sorting all of them.</summary>
internal static class ReferenceTopK
{
    /// <summary>Rows and scores, best first: score descending, then row ascending, NaN as −∞, never row 0.</summary>
    public static (int Row, float Score)[] Run(float[] scores, int k, Func<int, bool> isCandidate) =>
    [
        .. Enumerable.Range(0, scores.Length)
            .Where(row => row > 0 && isCandidate(row))
            .Select(row => (Row: row, Score: float.IsNaN(scores[row]) ? float.NegativeInfinity : scores[row]))
            .OrderByDescending(entry => entry.Score)
            .ThenBy(entry => entry.Row)
            .Take(k),
    ];

    /// <summary>Every row's product with a query, by the matrix product of the same instruction set.</summary>
    public static unsafe float[] Scores(float[] items, float[] query, Workspace workspace)
    {
        int width = query.Length;
        var scores = new float[items.Length / width];
        fixed (float* q = query, e = items, s = scores)
        {
            workspace.Run(1, new GemmTests.Product(new(1, scores.Length, width), new(q, width, 1), new(e, 1, width), new(s, scores.Length), false, false));
        }

        return scores;
    }
}
