using Microsoft.ML.Hydra.Numerics;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics;

public sealed class AdamWUpdateTests
{
    public static TheoryData<string> Sets => KernelCase.SetNames;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Five_steps_equal_the_definition(string set)
    {
        foreach (int count in new[] { 0, 1, 17, 40_000 })
        {
            using Workspace workspace = KernelCase.Workspace(set, 2);
            float[] w = KernelCase.Random(1, count), m = new float[count], v = new float[count];
            (double[] w2, double[] m2, double[] v2) = (w.ToDouble(), new double[count], new double[count]);
            for (int n = 1; n <= 5; n++)
            {
                float[] g = KernelCase.Random(n + 1, count);
                var step = new AdamWStep(n, LearningRate: 0.01, Beta1: 0.9, Beta2: 0.98, WeightDecay: 0.1, GradientScale: 0.5);
                AdamWUpdate.Run(step, w, g, m, v, workspace);
                Define(step, w2, g, m2, v2);
            }

            KernelCase.Close(w2, w, 1e-6, $"{set} {count} w");
            KernelCase.Close(m2, m, 1e-6, $"{set} {count} m");
            KernelCase.Close(v2, v, 1e-6, $"{set} {count} v");
        }
    }

    [Fact]
    public void Different_lengths_are_refused()
    {
        using var workspace = new Workspace(1);
        Assert.Throws<ArgumentException>(() => AdamWUpdate.Run(new(1, 0.1, 0.9, 0.99), new float[2], new float[3], new float[3], new float[3], workspace));
    }

    private static void Define(AdamWStep s, double[] w, float[] gradient, double[] m, double[] v)
    {
        for (int i = 0; i < w.Length; i++)
        {
            double g = gradient[i] * s.GradientScale;
            m[i] = (s.Beta1 * m[i]) + ((1 - s.Beta1) * g);
            v[i] = (s.Beta2 * v[i]) + ((1 - s.Beta2) * g * g);
            double step = m[i] / (1 - Math.Pow(s.Beta1, s.Number)) / (Math.Sqrt(v[i] / (1 - Math.Pow(s.Beta2, s.Number))) + s.Epsilon);
            w[i] = (w[i] * (1 - (s.LearningRate * s.WeightDecay))) - (s.LearningRate * step);
        }
    }
}
