using CsCheck;
using Microsoft.ML.Hydra.Numerics;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics.TopK;

public sealed class BatchTopKTests
{
    public static TheoryData<string> Sets => KernelCase.SetNames;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Many_queries_find_what_each_finds_alone(string set) => Gen.Select(
        Gen.Int[1, 30], Gen.Int[1, 600], Gen.Int[1, 40], Gen.Int[1, 90], Gen.Bool, Gen.Int)
        .Sample((count, rows, width, k, wholeNumbers, seed) =>
        {
            using Workspace workspace = KernelCase.Workspace(set);
            var random = new Random(seed);
            float[] items = Catalog.Normal(random, rows * width), queries = Catalog.Normal(random, count * width);
            if (wholeNumbers)
            {
                items = Array.ConvertAll(items, MathF.Round);
                queries = Array.ConvertAll(queries, MathF.Round);
            }

            // Whole rows for masks: one may leave out all that a panel has.
            int words = CandidateMask.WordCount(rows);
            ulong[] masks = [.. Enumerable.Range(0, count).SelectMany(i => Catalog.Mask(random, rows, i % 4 * 0.33))];
            foreach (CatalogPrecision precision in Enum.GetValues<CatalogPrecision>())
            {
                Compare(new(new(items, width), rows, width, precision), queries, k, masks, words, workspace);
                Compare(new(new(items, width), rows, width, precision), queries, k, [], 0, workspace);
            }
        }, iter: 30);

    [Fact]
    public void Number_of_threads_does_not_change_a_bit()
    {
        const int count = 37, rows = 30_001, width = 64;
        var random = new Random(4);
        float[] queries = Catalog.Normal(random, count * width), items = Catalog.Normal(random, rows * width);
        ulong[] masks = Catalog.Mask(random, CandidateMask.WordCount(rows) * 64 * count, 0.1);
        foreach (CatalogPrecision precision in Enum.GetValues<CatalogPrecision>())
        {
            var table = new CatalogTable(new(items, width), rows, width, precision);
            foreach (int degree in new[] { 1, 2, 3, 20 })
            {
                using var workspace = new Workspace(degree);
                Compare(table, queries, 10, masks, CandidateMask.WordCount(rows), workspace);
            }
        }
    }

    [Fact]
    public void A_call_allocates_nothing_after_the_first_few()
    {
        const int count = 20, rows = 3_501, width = 64;
        using var workspace = new Workspace(1);
        float[] queries = KernelCase.Random(2, count * width), scores = new float[count * 10];
        int[] found = new int[count * 10], counts = new int[count];
        var table = new CatalogTable(new(KernelCase.Random(1, rows * width), width), rows, width, CatalogPrecision.Int8);
        void Run() => CatalogTopK.Run(table, new(queries, width), 10, default, found, scores, counts, workspace);
        Run();

        Assert.Equal(0, Allocations.Of(Run));
    }

    [Fact]
    public void Wrong_sizes_are_refused()
    {
        using var workspace = new Workspace(1);
        var table = new CatalogTable(new(new float[6], 2), 3, 2, CatalogPrecision.Float32);
        var error = Assert.Throws<ArgumentException>(
            () => CatalogTopK.Run(table, new(new float[3], 2), 1, default, new int[2], new float[2], new int[2], workspace));
        Assert.Equal("queries", error.ParamName);
        error = Assert.Throws<ArgumentException>(
            () => CatalogTopK.Run(table, new(new float[4], 2), 1, new(new ulong[1], 1), new int[2], new float[2], new int[2], workspace));
        Assert.Equal("candidates", error.ParamName);
    }

    private static void Compare(CatalogTable table, float[] queries, int k, ulong[] masks, int words, Workspace workspace)
    {
        int count = queries.Length / table.Width;
        using var alone = new Workspace(1, workspace.Instructions);
        int[] rows = new int[count * k], counts = new int[count];
        var scores = new float[count * k];
        CatalogTopK.Run(table, new(queries, table.Width), k, new(masks, words), rows, scores, counts, workspace);
        for (int query = 0; query < count; query++)
        {
            (int, float)[] expected = Catalog.Run(
                table, queries[(query * table.Width)..((query + 1) * table.Width)], k, masks[(query * words)..((query + 1) * words)], null, alone);
            Assert.Equal(expected, rows.Zip(scores).Skip(query * k).Take(counts[query]));
        }
    }
}
