using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Numerics.Reference;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics;

public sealed class GemmTests
{
    public static TheoryData<string> Sets => KernelCase.SetNames;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Odd_shapes_equal_the_definition(string set)
    {
        using Workspace workspace = KernelCase.Workspace(set);
        (int M, int N, int K)[] sizes =
        [
            (1, 1, 1), (1, 33, 5), (5, 1, 7), (12, 32, 1), (13, 31, 17), (6, 16, 8), (25, 70, 300), (7, 9, 513), (250, 65, 3), (3, 1030, 4), (18, 600, 270),
        ];
        foreach ((int m, int n, int k) in sizes)
        {
            foreach ((bool ta, bool tb) in new[] { (false, false), (false, true), (true, false), (true, true) })
            {
                Compare(new(m, n, k, ta, tb), workspace, padding: 0);
                Compare(new(m, n, k, ta, tb, Adds: true), workspace, padding: 3);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Empty_sizes_leave_or_clear_C(string set)
    {
        using Workspace workspace = KernelCase.Workspace(set);
        foreach ((int m, int n, int k) in new[] { (0, 3, 2), (3, 0, 2), (3, 5, 0), (0, 0, 0) })
        {
            Compare(new(m, n, k, Adds: true), workspace, padding: 0);
            Compare(new(m, n, k), workspace, padding: 1);
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Uninitialised_C_is_not_read_unless_added_to(string set)
    {
        using Workspace workspace = KernelCase.Workspace(set);
        float[] c = [float.NaN, float.NaN];

        Gemm.Run(new(1, 2, 1), new([2f], 1), new([3f, 4f], 2), new(c, 2), workspace);

        Assert.Equal([6f, 8f], c);
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Number_of_threads_does_not_change_a_bit(string set)
    {
        (int m, int n, int k) = (131, 77, 600);
        float[] a = KernelCase.Random(1, m * k), b = KernelCase.Random(2, n * k);
        float[]? first = null;
        foreach (int degree in new[] { 1, 2, 3, 20 })
        {
            using Workspace workspace = KernelCase.Workspace(set, degree);
            var c = new float[m * n];
            Gemm.Run(new(m, n, k), new(a, k), new(b, n), new(c, n), workspace);
            first ??= c;
            Assert.Equal(first, c);
        }
    }

    [Fact]
    public void Short_spans_are_refused()
    {
        using var workspace = new Workspace(1);
        var error = Assert.Throws<ArgumentException>(() => Gemm.Run(new(2, 2, 2), new(new float[3], 2), new(new float[4], 2), new(new float[4], 2), workspace));
        Assert.Equal("a", error.ParamName);
    }

    private static void Compare(in GemmShape shape, Workspace workspace, int padding)
    {
        int aStride = (shape.TransposeA ? shape.M : shape.K) + padding;
        int bStride = (shape.TransposeB ? shape.K : shape.N) + padding;
        int cStride = shape.N + padding;
        float[] a = KernelCase.Random(1, (shape.TransposeA ? shape.K : shape.M) * aStride);
        float[] b = KernelCase.Random(2, (shape.TransposeB ? shape.N : shape.K) * bStride);
        float[] c = KernelCase.Random(3, shape.M * cStride);
        double[] expected = ReferenceGemm.Run(shape, a, aStride, b, bStride, c, cStride);

        Gemm.Run(shape, new(a, aStride), new(b, bStride), new(c, cStride), workspace);

        KernelCase.Close(expected, c, 5e-6, $"{workspace.Instructions} {shape}");
    }
}
