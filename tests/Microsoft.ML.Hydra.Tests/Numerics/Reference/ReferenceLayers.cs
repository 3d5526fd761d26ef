namespace Microsoft.ML.Hydra.Tests.Numerics.Reference;

/// <summary>SwiGLU and the normalisations as their definitions read, in float64; contiguous rows.</summary>
internal static class ReferenceLayers
{
    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    public static double Silu(double x) => x * Sigmoid(x);

    public static double SiluDerivative(double x) => Sigmoid(x) * (1 + (x * (1 - Sigmoid(x))));

    public static double[] SwiGlu(double[] input, int width)
    {
        var y = new double[input.Length / 2];
        for (int i = 0; i < y.Length; i++)
        {
            int gate = (i / width * 2 * width) + (i % width);
            y[i] = Silu(input[gate]) * input[gate + width];
        }

        return y;
    }

    public static double[] SwiGluGradient(double[] input, double[] dy, int width)
    {
        var gradient = new double[input.Length];
        for (int i = 0; i < dy.Length; i++)
        {
            int gate = (i / width * 2 * width) + (i % width);
            gradient[gate] = dy[i] * input[gate + width] * SiluDerivative(input[gate]);
            gradient[gate + width] = dy[i] * Silu(input[gate]);
        }

        return gradient;
    }

    /// <summary>RMSNorm of <c>x ∘ SiLU(gate)</c>, or of x; as wide as the weight.</summary>
    public static double[] Norm(double[] x, double[]? gate, double[] weight)
    {
        int width = weight.Length;
        var y = new double[x.Length];
        for (int row = 0; row < x.Length / width; row++)
        {
            double[] u = Gated(x, gate, row, width);
            double r = Scale(u);
            for (int i = 0; i < width; i++)
            {
                y[(row * width) + i] = u[i] * r * weight[i];
            }
        }

        return y;
    }

    public static (double[] X, double[]? Gate, double[] Weight) NormGradient(double[] x, double[]? gate, double[] weight, double[] dy)
    {
        int width = weight.Length;
        (double[] dx, double[]? dz, double[] dw) = (new double[x.Length], gate is null ? null : new double[x.Length], new double[weight.Length]);
        for (int row = 0; row < x.Length / width; row++)
        {
            double[] u = Gated(x, gate, row, width);
            double r = Scale(u), mean = 0;
            for (int i = 0; i < width; i++)
            {
                mean += u[i] * weight[i] * dy[(row * width) + i] / width;
                dw[i] += u[i] * r * dy[(row * width) + i];
            }

            for (int i = 0; i < width; i++)
            {
                int at = (row * width) + i;
                double du = r * ((weight[i] * dy[at]) - (u[i] * r * r * mean));
                dx[at] = du * (gate is null ? 1 : Silu(gate[at]));
                if (dz is not null)
                {
                    dz[at] = du * x[at] * SiluDerivative(gate![at]);
                }
            }
        }

        return (dx, dz, dw);
    }

    private static double[] Gated(double[] x, double[]? gate, int row, int width) =>
        [.. Enumerable.Range(row * width, width).Select(i => x[i] * (gate is null ? 1 : Silu(gate[i])))];

    private static double Scale(double[] u) => 1 / Math.Sqrt((u.Sum(v => v * v) / u.Length) + 1e-5);
}
