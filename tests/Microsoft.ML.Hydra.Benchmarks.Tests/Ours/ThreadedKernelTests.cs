using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Numerics;
using Xunit;

namespace Microsoft.ML.Hydra.Benchmarks.Tests.Ours;

/// <summary>Our kernels on several threads give the bits of one thread.</summary>
public sealed class ThreadedKernelTests
{
    private static readonly int[] s_degrees = [2, 3, 20];

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public unsafe void A_product(bool transposeA, bool transposeB) => AssertSame(131 * 77, (workspace, target) =>
    {
        GemmShape shape = new(131, 77, 600, transposeA, transposeB);
        fixed (float* a = Numbers.Uniform(131 * 600, -1, 1, 1), b = Numbers.Uniform(77 * 600, -1, 1, 2), c = target)
        {
            ThreadedGemm.Run(shape, a, b, c, workspace);
        }
    });

    [Fact]
    public unsafe void The_weight_gradient_of_a_norm() => AssertSame(20, (workspace, target) =>
    {
        var gradients = new float[2 * 700 * 20];
        fixed (float* x = Numbers.Uniform(2 * 700 * 20, -1, 1, 1), w = Numbers.Uniform(20, 0.5f, 1.5f, 2), dy = Numbers.Uniform(700 * 20, -1, 1, 3))
        {
            fixed (float* dx = gradients, dw = target)
            {
                const int Half = 700 * 20;
                ThreadedNorm.Backward(
                    new(700, 20, new(x, 20), new(x + Half, 20), w), new(new(dy, 20), new(dx, 20), new(dx + Half, 20)), dw, workspace);
            }
        }
    });

    private static void AssertSame(int length, Action<Workspace, float[]> run)
    {
        float[] Result(int degree)
        {
            using var workspace = new Workspace(degree);
            var target = new float[length];
            run(workspace, target);
            return target;
        }

        float[] one = Result(1);
        Assert.Contains(one, value => value != 0);
        Assert.All(s_degrees, degree => Assert.Equal(one, Result(degree)));
    }
}
