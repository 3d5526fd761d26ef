using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Scores of single rows, the same bits as <see cref="PanelScores{TSimd, TVector}"/> gives.</summary>
internal static unsafe class RowScores
{
    /// <summary>Rows scored at once: enough sums to hide the latency of each.</summary>
    private const int Count = 8;

    /// <summary>The scores of any number of a table's rows.</summary>
    /// <param name="table">The table; kept alive by the caller.</param>
    /// <param name="rows">Which rows.</param>
    /// <param name="query">As wide as the table.</param>
    /// <param name="scores">Receives a score for each row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(CatalogTable table, ReadOnlySpan<int> rows, float* query, Span<float> scores)
    {
        float** vectors = stackalloc float*[Count];
        float* group = stackalloc float[Count];
        for (int start = 0; start < rows.Length; start += Count)
        {
            int count = Math.Min(Count, rows.Length - start);
            for (int i = 0; i < Count; i++)
            {
                Debug.Assert(rows[start + Math.Min(i, count - 1)] >= 0, "A row is of the table.");
                vectors[i] = table.Row(rows[start + Math.Min(i, count - 1)]);
            }

            Run(vectors, query, table.Width, group);
            new ReadOnlySpan<float>(group, count).CopyTo(scores[start..]);
        }
    }

    /// <summary>The scores of <see cref="Count"/> rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run(float** rows, float* query, int width, float* scores)
    {
        float* e0 = rows[0], e1 = rows[1], e2 = rows[2], e3 = rows[3], e4 = rows[4], e5 = rows[5], e6 = rows[6], e7 = rows[7];
        float s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
        for (nint i = 0; i < width; i++)
        {
            float h = query[i];
            s0 = float.MultiplyAddEstimate(h, e0[i], s0);
            s1 = float.MultiplyAddEstimate(h, e1[i], s1);
            s2 = float.MultiplyAddEstimate(h, e2[i], s2);
            s3 = float.MultiplyAddEstimate(h, e3[i], s3);
            s4 = float.MultiplyAddEstimate(h, e4[i], s4);
            s5 = float.MultiplyAddEstimate(h, e5[i], s5);
            s6 = float.MultiplyAddEstimate(h, e6[i], s6);
            s7 = float.MultiplyAddEstimate(h, e7[i], s7);
        }

        (scores[0], scores[1], scores[2], scores[3], scores[4], scores[5], scores[6], scores[7]) = (s0, s1, s2, s3, s4, s5, s6, s7);
    }
}
