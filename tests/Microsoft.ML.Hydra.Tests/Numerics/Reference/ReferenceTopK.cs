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
    public static float[] Scores(float[] items, float[] query, Workspace workspace)
    {
        var scores = new float[items.Length / query.Length];
        Gemm.Run(
            new(1, scores.Length, query.Length, TransposeB: true), new(query, query.Length), new(items, query.Length), new(scores, scores.Length), workspace);
        return scores;
    }
}
