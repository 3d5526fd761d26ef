using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Tests.Numerics.Reference;

/// <summary>Item vectors from ids and features as the definition reads, <c>e_i = g_i δ_i + Σ_f x_if W_f</c>, in float64 over dense features.</summary>
/// <param name="features">x, <c>[I + 1, F]</c>.</param>
/// <param name="gates">g, <c>[I + 1]</c>.</param>
/// <param name="width">d.</param>
internal sealed class ReferenceFeatureMap(SparseRows features, float[] gates, int width)
{
    /// <summary>The vectors of all items.</summary>
    public double[] Vectors(double[] own, double[] map)
    {
        var vectors = new double[gates.Length * width];
        for (int item = 0; item < gates.Length; item++)
        {
            float[] x = features.Dense(item);
            for (int c = 0; c < width; c++)
            {
                vectors[(item * width) + c] = (gates[item] * own[(item * width) + c]) + x.Select((value, f) => value * map[(f * width) + c]).Sum();
            }
        }

        return vectors;
    }

    /// <summary>Gradients of δ and of W, to which only some items add.</summary>
    public (double[] Own, double[] Map) Gradients(double[] gradient, bool[]? learns)
    {
        (var own, var map) = (new double[gradient.Length], new double[features.NumberOfColumns * width]);
        for (int item = 0; item < gates.Length; item++)
        {
            float[] x = features.Dense(item);
            for (int c = 0; c < width; c++)
            {
                double de = gradient[(item * width) + c];
                own[(item * width) + c] = gates[item] * de;
                for (int f = 0; f < x.Length && learns?[item] != false; f++)
                {
                    map[(f * width) + c] += x[f] * de;
                }
            }
        }

        return (own, map);
    }
}
