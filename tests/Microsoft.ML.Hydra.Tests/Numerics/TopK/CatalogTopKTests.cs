using CsCheck;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Numerics.Reference;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics.TopK;

public sealed class CatalogTopKTests
{
    private static readonly Gen<int> s_width = Gen.Int[0, 6].Select(i => new[] { 1, 3, 7, 16, 64, 100, 256 }[i]);
    private static readonly Gen<double> s_share = Gen.Int[0, 3].Select(i => new[] { 0, 0.1, 0.5, 0.99 }[i]);

    public static TheoryData<string> Sets => KernelCase.SetNames;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Random_catalogues_equal_a_full_sort(string set) => Gen.Select(
        Gen.Int[1, 900], s_width, Gen.OneOf(Gen.Int[1, 12], Gen.Int[13, 1000]), s_share, Gen.Int)
        .Sample((rows, width, k, excluded, seed) =>
        {
            using Workspace workspace = KernelCase.Workspace(set);
            var random = new Random(seed);
            var catalog = new Catalog(Catalog.Normal(random, rows * width), width);
            float[] query = Catalog.Normal(random, width);
            ulong[] mask = Catalog.Mask(random, rows, excluded);

            catalog.Check(query, k, [], null, workspace);
            catalog.Check(query, k, mask, null, workspace);
            catalog.Check(query, k, mask, row => row % 3 != 1, workspace);
        }, iter: 60);

    // Whole numbers, so that products are exact and many rows tie, at 0 too.
    [Theory]
    [MemberData(nameof(Sets))]
    public void Equal_scores_are_ranked_by_row(string set) => Gen.Select(Gen.Int[1, 700], Gen.Int[1, 9], Gen.Int[1, 80], Gen.Int[1, 3], Gen.Int)
        .Sample((rows, width, k, largest, seed) =>
        {
            using Workspace workspace = KernelCase.Workspace(set);
            var random = new Random(seed);
            float[] Whole(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)random.Next(-largest, largest + 1))];
            var catalog = new Catalog(Whole(rows * width), width);

            catalog.Check(Whole(width), k, Catalog.Mask(random, rows, 0.2), null, workspace);
            catalog.Check(new float[width], k, [], null, workspace);
        }, iter: 60);

    [Theory]
    [MemberData(nameof(Sets))]
    public void Large_catalogues_and_long_lists_equal_a_full_sort(string set)
    {
        using Workspace workspace = KernelCase.Workspace(set);
        var random = new Random(5);
        var catalog = new Catalog(Catalog.Normal(random, 20_011 * 24), 24);
        foreach (int k in new[] { 1, 10, 64, 65, 300, 20_011, 30_000 })
        {
            catalog.Check(Catalog.Normal(random, 24), k, [], null, workspace);
            catalog.Check(Catalog.Normal(random, 24), k, Catalog.Mask(random, 20_011, 0.3), row => row % 2 == 0, workspace);
        }
    }

    // Scores rise with the row: no threshold rules anything out.
    [Theory]
    [MemberData(nameof(Sets))]
    public void Rows_in_the_worst_order_are_found(string set)
    {
        using Workspace workspace = KernelCase.Workspace(set);
        const int width = 5, rows = 10_000;
        float[] items = [.. Enumerable.Range(0, rows * width).Select(i => (i / width) + (i % width * 0.001f))];
        var catalog = new Catalog(items, width);

        catalog.Check([1, 1, 1, 1, 1], 10, [], null, workspace);
        catalog.Check([-1, -1, 2, -1, 0], 10, [], null, workspace);
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Numbers_that_are_not_finite_rank_as_in_Ranking(string set)
    {
        using Workspace workspace = KernelCase.Workspace(set);
        var random = new Random(3);
        float[] special = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 3e38f, -3e38f, 1e-44f, 1e-30f, 0f];
        foreach (int width in new[] { 1, 4, 9 })
        {
            foreach (double share in new[] { 0.001, 0.3, 1 })
            {
                float[] items = Catalog.Normal(random, 500 * width);
                for (int i = 0; i < items.Length; i++)
                {
                    items[i] = random.NextDouble() < share ? special[random.Next(special.Length)] : items[i];
                }

                var catalog = new Catalog(items, width);
                foreach (float first in (float[])[1f, .. special])
                {
                    float[] query = Catalog.Normal(random, width);
                    query[0] = first;
                    catalog.Check(query, 7, [], null, workspace);
                    catalog.Check(query, 600, Catalog.Mask(random, 500, 0.1), null, workspace);
                }
            }
        }
    }

    // Vectors of very different length and rows of one large number: the bounds differ from panel to panel.
    [Theory]
    [MemberData(nameof(Sets))]
    public void Vectors_of_any_length_are_bounded(string set)
    {
        using Workspace workspace = KernelCase.Workspace(set);
        var random = new Random(11);
        const int width = 33, rows = 3_001;
        float[] items = Catalog.Normal(random, rows * width);
        for (int row = 0; row < rows; row++)
        {
            float factor = MathF.Pow(10, random.Next(-12, 12));
            for (int i = 0; i < width; i++)
            {
                items[(row * width) + i] *= row % 5 == 0 && i > 0 ? factor * 1e-3f : factor;
            }
        }

        var catalog = new Catalog(items, width);
        for (int exponent = -16; exponent <= 16; exponent += 4)
        {
            catalog.Check(Catalog.Normal(random, width, Math.Pow(10, exponent)), 10, [], null, workspace);
            catalog.Check(Catalog.Normal(random, width, Math.Pow(10, exponent)), 100, [], null, workspace);
        }
    }

    // Neighbours differ by little: many rows lie within the error of int8. Recall is 1, not nearly 1.
    [Theory]
    [MemberData(nameof(Sets))]
    public void Clustered_vectors_are_distinguished(string set)
    {
        using Workspace workspace = KernelCase.Workspace(set);
        var random = new Random(2);
        const int width = 64, rows = 20_001, clusters = 50;
        float[] centres = Catalog.Normal(random, clusters * width), items = Catalog.Normal(random, rows * width, 0.02);
        for (int i = 0; i < items.Length; i++)
        {
            items[i] += centres[(i / width % clusters * width) + (i % width)];
        }

        var catalog = new Catalog(items, width);
        for (int query = 0; query < 20; query++)
        {
            float[] near = Catalog.Normal(random, width, 0.3);
            for (int i = 0; i < width; i++)
            {
                near[i] += centres[(query * width) + i];
            }

            catalog.Check(near, 10, Catalog.Mask(random, rows, 0.01), null, workspace);
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Scores_are_products(string set)
    {
        using Workspace workspace = KernelCase.Workspace(set);
        const int width = 300, rows = 130;
        float[] items = KernelCase.Random(1, rows * width), query = KernelCase.Random(2, width);
        double[] expected = ReferenceGemm.Scores(items, query);
        foreach (CatalogPrecision precision in Enum.GetValues<CatalogPrecision>())
        {
            var table = new CatalogTable(new(items, width), rows, width, precision);
            (int Row, float Score)[] all = Catalog.Run(table, query, rows, [], null, workspace);
            KernelCase.Close(expected[1..], [.. all.OrderBy(entry => entry.Row).Select(entry => entry.Score)], 5e-6, precision.ToString());
        }
    }

    [Fact]
    public void No_candidates_give_no_rows()
    {
        using var workspace = new Workspace(1);
        var catalog = new Catalog(KernelCase.Random(1, 200 * 4), 4);
        catalog.Check([1, 2, 3, 4], 5, [ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue], null, workspace);
        catalog.Check([1, 2, 3, 4], 5, [], _ => false, workspace);
        catalog.Check([1, 2, 3, 4], 0, [], null, workspace);
        new Catalog([1, 2, 3, 4], 4).Check([1, 2, 3, 4], 5, [], null, workspace);
    }

    [Fact]
    public void Number_of_threads_does_not_change_a_bit()
    {
        var random = new Random(8);
        const int width = 64, rows = 400_001;
        float[] items = [.. Enumerable.Range(0, rows * width).Select(_ => (float)random.Next(-2, 3))], query = KernelCase.Random(4, width);
        query.AsSpan(8).Clear(); // few distinct scores: ties across the tasks
        ulong[] mask = Catalog.Mask(random, rows, 0.2);
        foreach (CatalogPrecision precision in Enum.GetValues<CatalogPrecision>())
        {
            var table = new CatalogTable(new(items, width), rows, width, precision);
            (int, float)[]? first = null;
            foreach (int degree in new[] { 1, 2, 3, 20 })
            {
                using var workspace = new Workspace(degree);
                (int, float)[] found = Catalog.Run(table, query, 50, mask, row => row % 7 != 0, workspace);
                first ??= found;
                Assert.Equal(first, found);
            }
        }
    }

    [Fact]
    public void A_call_allocates_nothing_after_the_first_few()
    {
        using var workspace = new Workspace(1);
        const int width = 64, rows = 3_501;
        float[] items = KernelCase.Random(1, rows * width), query = KernelCase.Random(2, width), scores = new float[10];
        ulong[] excluded = Catalog.Mask(new Random(1), rows, 0.1);
        var found = new int[10];
        Func<int, bool> isCandidate = row => row % 2 == 0;
        foreach (CatalogPrecision precision in Enum.GetValues<CatalogPrecision>())
        {
            var table = new CatalogTable(new(items, width), rows, width, precision);
            void Run()
            {
                CatalogTopK.Run(table, query, default, null, found, scores, workspace);
                CatalogTopK.Run(table, query, new CandidateMask(excluded), isCandidate, found, scores, workspace);
            }

            Run();
            Assert.Equal(0, Allocations.Of(Run));
        }
    }

    [Fact]
    public void Wrong_sizes_are_refused()
    {
        using var workspace = new Workspace(1);
        var error = Assert.Throws<ArgumentException>(() => new CatalogTable(new(new float[5], 2), 3, 2, CatalogPrecision.Int8));
        Assert.Equal("items", error.ParamName);
        var table = new CatalogTable(new(new float[6], 2), 3, 2, CatalogPrecision.Float32);
        error = Assert.Throws<ArgumentException>(() => CatalogTopK.Run(table, [1f, 2f, 3f], default, null, new int[1], new float[1], workspace));
        Assert.Equal("query", error.ParamName);
    }
}
