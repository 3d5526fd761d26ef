using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Tests.Numerics.Reference;

/// <summary>The matrix product as its definition reads, in float64.</summary>
internal static class ReferenceGemm
{
    public static double[] Run(in GemmShape s, float[] a, int aStride, float[] b, int bStride, float[] c, int cStride)
    {
        double[] result = c.ToDouble();
        for (int i = 0; i < s.M; i++)
        {
            for (int j = 0; j < s.N; j++)
            {
                double sum = 0;
                for (int k = 0; k < s.K; k++)
                {
                    double left = s.TransposeA ? a[(k * aStride) + i] : a[(i * aStride) + k];
                    sum += left * (s.TransposeB ? b[(j * bStride) + k] : b[(k * bStride) + j]);
                }

                ref double target = ref result[(i * cStride) + j];
                target = sum + (s.Adds ? target : 0);
            }
        }

        return result;
    }
}
