using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Numerics.Reference;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics.TopK;

public sealed class Int8BoundTests
{
    public static TheoryData<string> Sets => KernelCase.SetNames;

    // Narrow vectors come close to the bound; wide ones show that the bound is not wider than necessary.
    [Theory]
    [MemberData(nameof(Sets))]
    public void Scores_lie_between_their_bounds(string set)
    {
        using Workspace workspace = KernelCase.Workspace(set);
        var random = new Random(7);
        double nearest = 0;
        foreach (int width in new[] { 1, 2, 3, 5, 64, 300 })
        {
            float[] items = Catalog.Normal(random, 64 * width), query = Catalog.Normal(random, width);
            var table = new CatalogTable(new(items, width), 64, width, CatalogPrecision.Int8);
            for (int trial = 0; trial < 200; trial++)
            {
                query = Catalog.Normal(random, width);
                (float[] uppers, float[] errors) = Bounds(table, query, workspace);
                double[] scores = ReferenceGemm.Scores(items, query);
                for (int row = 0; row < 64; row++)
                {
                    double middle = uppers[row] - errors[row], share = Math.Abs(scores[row] - middle) / errors[row];
                    Assert.True(share <= 1, $"{width}: the score {scores[row]} is {share} bounds from {middle}");
                    nearest = Math.Max(nearest, share);
                    double lengths = Norm(items.AsSpan(row * width, width)) * Norm(query);
                    Assert.True(errors[row] <= 0.06 * Math.Max(lengths, 1e-3), $"{width}: {errors[row]} for vectors of length {lengths}");
                }
            }
        }

        Assert.InRange(nearest, 0.9, 1);
    }

    private static double Norm(ReadOnlySpan<float> vector)
    {
        double sum = 0;
        foreach (float x in vector)
        {
            sum += (double)x * x;
        }

        return Math.Sqrt(sum);
    }

    // Upper bounds of the rows of the first panel, and what lies between them and the middle.
    private static unsafe (float[] Uppers, float[] Errors) Bounds(CatalogTable table, float[] query, Workspace workspace)
    {
        float[] uppers = new float[64], errors = new float[64];
        var groups = new int[(query.Length + 3) / 4];
        fixed (float* h = query, u = uppers)
        {
            fixed (int* p = groups)
            {
                var quantised = new Int8Query(h, query.Length, p);
                workspace.Run(1, new Bounding(table.Int8!, quantised, u));
                for (int row = 0; row < 64; row++)
                {
                    errors[row] = quantised.BoundOf(table.Int8!, 0) * table.Int8!.Scales(0)[row];
                }
            }
        }

        return (uppers, errors);
    }

    private readonly unsafe struct Bounding(Int8Panels panels, Int8Query query, float* uppers) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
            =>
            Int8Chunk<TSimd, TVector>.Bound(panels, 0, query, float.NegativeInfinity, uppers);
    }
}
