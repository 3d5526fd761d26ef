using Microsoft.ML.Hydra.Numerics;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics;

public sealed class VectorMathTests
{
    private enum Function
    {
        Exp,
        Sigmoid,
        Softplus,
    }

    public static TheoryData<string> Sets => KernelCase.SetNames;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Exp_is_within_two_units_in_the_last_place(string set)
    {
        float[] x = [.. Enumerable.Range(0, 20_000).Select(i => -87f + (i * 175f / 20_000)), 0, -0f, 1e-20f, -1e-8f];
        float[] y = Apply(set, x, Function.Exp);
        for (int i = 0; i < x.Length; i++)
        {
            Assert.InRange(y[i] / Math.Exp(x[i]), 1 - 2e-7, 1 + 2e-7);
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Exp_and_sigmoid_saturate_and_pass_nan_on(string set)
    {
        float[] x = [-1000, float.NegativeInfinity, 1000, float.NaN];
        float[] y = Apply(set, x, Function.Exp);
        Assert.InRange(y[0], 0, 1.3e-38f);
        Assert.InRange(y[1], 0, 1.3e-38f);
        Assert.True(y[2] >= 1.6e38f);
        Assert.True(float.IsNaN(y[3]));

        float[] s = Apply(set, [-1000, 0, 1000, 2], Function.Sigmoid);
        Assert.InRange(s[0], 0, 1e-37f);
        Assert.Equal(0.5f, s[1]);
        Assert.Equal(1f, s[2]);
        Assert.InRange(s[3] / (1 / (1 + Math.Exp(-2))), 1 - 3e-7, 1 + 3e-7);
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Softplus_has_a_small_relative_error_down_to_small_values(string set)
    {
        float[] x = [.. Enumerable.Range(0, 20_000).Select(i => -85f + (i * 200f / 20_000)), 0, -0f, 1e-20f, -1e-8f, 1e30f];
        float[] y = Apply(set, x, Function.Softplus);
        for (int i = 0; i < x.Length; i++)
        {
            double e = Math.Exp(-Math.Abs((double)x[i]));
            double expected = Math.Max(x[i], 0) + (e < 1e-6 ? e - (e * e / 2) : Math.Log(1 + e));
            Assert.InRange(y[i] / expected, 1 - 3e-7, 1 + 3e-7);
        }

        Assert.InRange(Apply(set, [float.NegativeInfinity], Function.Softplus)[0], 0, 1.3e-38f);
        Assert.True(float.IsNaN(Apply(set, [float.NaN], Function.Softplus)[0]));
    }

    private static unsafe float[] Apply(string set, float[] x, Function function)
    {
        using Workspace workspace = KernelCase.Workspace(set);
        var y = new float[x.Length];
        fixed (float* px = x, py = y)
        {
            workspace.Run(1, new Elementwise(px, py, x.Length, function));
        }

        return y;
    }

    private readonly unsafe struct Elementwise(float* x, float* y, int count, Function function) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
        {
            for (int i = 0; i < count; i += TSimd.Lanes)
            {
                TVector v = VectorMath<TSimd, TVector>.Load(x + i, count - i);
                v = function switch
                {
                    Function.Exp => VectorMath<TSimd, TVector>.Exp(v),
                    Function.Sigmoid => VectorMath<TSimd, TVector>.Sigmoid(v),
                    _ => VectorMath<TSimd, TVector>.Softplus(v),
                };
                VectorMath<TSimd, TVector>.Store(y + i, v, count - i);
            }
        }
    }
}
