using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Tests.Numerics.Reference;

/// <summary>The matrix product as its definition reads, in float64.</summary>
internal static class ReferenceGemm
{
    /// <summary>The product of every row of <paramref name="items"/> with a query.</summary>
    public static double[] Scores(float[] items, float[] query) =>
        [.. items.Chunk(query.Length).Select(row => row.Zip(query, (a, b) => (double)a * b).Sum())];

    /// <summary>What an m × n matrix C becomes, row after row.</summary>
    public static unsafe double[] Run(GemmSizes sizes, MatrixPointer a, MatrixPointer b, float[] c, bool adds)
    {
        double[] result = c.ToDouble();
        for (int i = 0; i < sizes.M; i++)
        {
            for (int j = 0; j < sizes.N; j++)
            {
                double sum = 0;
                for (int k = 0; k < sizes.K; k++)
                {
                    sum += (double)*a.From(i, k).Start * *b.From(k, j).Start;
                }

                ref double target = ref result[(i * sizes.N) + j];
                target = sum + (adds ? target : 0);
            }
        }

        return result;
    }
}
