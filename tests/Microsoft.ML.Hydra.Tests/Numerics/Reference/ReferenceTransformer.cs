namespace Microsoft.ML.Hydra.Tests.Numerics.Reference;

/// <summary>Operations of language models in float64, a number at a time.</summary>
internal static class ReferenceTransformer
{
    public static double[] LayerNorm(double[] x, double[] weight, double[] bias, double epsilon)
    {
        var y = new double[x.Length];
        for (int first = 0; first < x.Length; first += weight.Length)
        {
            double[] row = x[first..(first + weight.Length)];
            double mean = row.Average(), variance = row.Average(value => (value - mean) * (value - mean));
            for (int i = 0; i < row.Length; i++)
            {
                y[first + i] = ((row[i] - mean) / Math.Sqrt(variance + epsilon) * weight[i]) + bias[i];
            }
        }

        return y;
    }

    /// <summary>x Φ(x), with Φ as its series for small |x| and as its continued fraction for large ones.</summary>
    public static double Gelu(double x)
    {
        double size = Math.Abs(x), tail;
        if (size < 3)
        {
            double term = size, sum = size;
            for (int i = 1; i < 200; i++)
            {
                term *= size * size / ((2 * i) + 1);
                sum += term;
            }

            tail = 0.5 - (sum * Math.Exp(-size * size / 2) / Math.Sqrt(2 * Math.PI));
        }
        else
        {
            double fraction = size;
            for (int i = 200; i > 0; i--)
            {
                fraction = size + (i / fraction);
            }

            tail = Math.Exp(-size * size / 2) / (Math.Sqrt(2 * Math.PI) * fraction);
        }

        return x * (x > 0 ? 1 - tail : tail);
    }

    public static double GeluTanh(double x) => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    public static double[] Attention(int tokens, int width, bool isCausal, double[] q, double[] k, double[] v)
    {
        var results = new double[tokens * width];
        for (int i = 0; i < tokens; i++)
        {
            int seen = isCausal ? i + 1 : tokens;
            double[] weights = [.. Enumerable.Range(0, seen).Select(j =>
                Math.Exp(Enumerable.Range(0, width).Sum(c => q[(i * width) + c] * k[(j * width) + c]) / Math.Sqrt(width)))];
            for (int c = 0; c < width; c++)
            {
                results[(i * width) + c] = Enumerable.Range(0, seen).Sum(j => weights[j] * v[(j * width) + c]) / weights.Sum();
            }
        }

        return results;
    }
}
