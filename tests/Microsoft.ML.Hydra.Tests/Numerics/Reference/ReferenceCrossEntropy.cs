namespace Microsoft.ML.Hydra.Tests.Numerics.Reference;

/// <summary>Softmax cross-entropy over a catalogue as its definition reads, in float64; contiguous rows of width d.</summary>
internal static class ReferenceCrossEntropy
{
    public static double Loss(double[] queries, double[] items, int[] targets, int width)
    {
        double loss = 0;
        for (int m = 0; m < targets.Length; m++)
        {
            double[] z = Logits(queries, items, m, width);
            double max = z.Max();
            loss += Math.Log(z.Sum(v => Math.Exp(v - max))) + max - z[targets[m]];
        }

        return loss;
    }

    public static (double[] Queries, double[] Items) Gradient(double[] queries, double[] items, int[] targets, int width, double scale)
    {
        (double[] dq, double[] de) = (new double[queries.Length], new double[items.Length]);
        for (int m = 0; m < targets.Length; m++)
        {
            double[] z = Logits(queries, items, m, width);
            double max = z.Max(), sum = z.Sum(v => Math.Exp(v - max));
            for (int i = 0; i < z.Length; i++)
            {
                double dz = scale * ((Math.Exp(z[i] - max) / sum) - (i == targets[m] ? 1 : 0));
                for (int k = 0; k < width; k++)
                {
                    dq[(m * width) + k] += dz * items[(i * width) + k];
                    de[(i * width) + k] += dz * queries[(m * width) + k];
                }
            }
        }

        return (dq, de);
    }

    private static double[] Logits(double[] queries, double[] items, int m, int width)
    {
        var z = new double[items.Length / width];
        for (int i = 0; i < z.Length; i++)
        {
            for (int k = 0; k < width; k++)
            {
                z[i] += queries[(m * width) + k] * items[(i * width) + k];
            }
        }

        return z;
    }
}
