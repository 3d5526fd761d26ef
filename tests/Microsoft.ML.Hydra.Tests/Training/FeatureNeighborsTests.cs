using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Prior;
using Microsoft.ML.Hydra.Tests.Numerics;
using Microsoft.ML.Hydra.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Training;

public sealed class FeatureNeighborsTests
{
    [Theory]
    [InlineData(12, 5)]          // all columns are dense: each has many items
    [InlineData(300, 40)]
    [InlineData(400, 900)]       // some columns are sparse
    public void Neighbours_are_those_of_all_cosines(int items, int columns)
    {
        SparseRows features = Mixed(items, columns);

        ItemLinks links = FeatureNeighbors.Find(features, () => { })!.Links(1);
        double[][] unit = [.. Enumerable.Range(0, items + 1).Select(row => Unit(features.Dense(row).ToDouble()))];

        Assert.Equal(items, links.NumberOfItems);
        for (int row = 1; row <= items; row++)
        {
            (int Row, double Cosine)[] expected =
            [
                .. Enumerable.Range(1, items).Where(other => other != row).Select(other => (Row: other, Cosine: Cosine(unit[row], unit[other])))
                    .Where(pair => pair.Cosine > 0.02).OrderByDescending(pair => pair.Cosine).Take(FeatureNeighbors.MostNeighbors),
            ];
            KernelCase.Close([.. expected.Select(pair => pair.Cosine)], links.Weights(row).ToArray(), 1e-5, $"item {row}");
            foreach ((int target, float weight) in links.Targets(row).ToArray().Zip(links.Weights(row).ToArray()))
            {
                Assert.NotEqual(row, target);
                Assert.Equal(Cosine(unit[row], unit[target]), weight, 1e-5);
            }

            Assert.Equal(links.Targets(row).Length, links.Targets(row).ToArray().Distinct().Count());
        }
    }

    [Fact]
    public void Items_without_features_have_no_neighbours_and_are_none()
    {
        ItemLinks links = FeatureNeighbors.Find(SparseSamples.Of(2, [], [1], [], [2, 1], [-1]), () => { })!.Links(2);

        Assert.Equal([3], links.Targets(1).ToArray());
        Assert.Equal(4 / 5.0, links.Weights(1)[0], 6);     // (2 / √5)²
        Assert.Empty(links.Targets(2).ToArray());
        Assert.Equal([1], links.Targets(3).ToArray());
        Assert.Empty(links.Targets(4).ToArray());          // a negative cosine is no likeness
    }

    [Fact]
    public void Many_items_with_the_same_features_have_as_many_neighbours_as_are_kept_and_never_themselves()
    {
        ItemLinks links = FeatureNeighbors.Find(SparseSamples.Of(1, [[], .. Enumerable.Repeat<float[]>([3], 50)]), () => { })!.Links(8);

        for (int row = 1; row <= 50; row++)
        {
            Assert.Equal(FeatureNeighbors.MostNeighbors, links.Targets(row).Length);
            Assert.DoesNotContain(row, links.Targets(row).ToArray());
            Assert.All(links.Weights(row).ToArray(), weight => Assert.Equal(1, weight, 5));
        }
    }

    [Fact]
    public void There_are_none_where_nothing_is_known_of_any_item_or_there_are_too_many()
    {
        Assert.Null(FeatureNeighbors.Find(SparseSamples.Of(0, [], [], []), () => { }));
        Assert.Null(FeatureNeighbors.Find(SparseSamples.Of(3, [], [], []), () => { }));
        Assert.Null(FeatureNeighbors.Find(new SparseRows(1, [0, .. Enumerable.Repeat(1, FeatureNeighbors.MostItems + 2)], [0], [1]), () => { }));
    }

    [Fact]
    public void The_search_stops_when_cancelled()
    {
        Assert.Throws<OperationCanceledException>(() => FeatureNeighbors.Find(Mixed(12, 5), () => throw new OperationCanceledException()));
    }

    // The first columns in most items, the others in few
    private static SparseRows Mixed(int items, int columns)
    {
        var random = new Random(1);
        return SparseSamples.Of(columns, [[], .. Enumerable.Range(0, items).Select(_ => Enumerable.Range(0, columns)
            .Select(column => random.Next(column < 6 ? 2 : 60) == 0 ? random.NextSingle() - 0.3f : 0).ToArray())]);
    }

    private static double[] Unit(double[] row)
    {
        double length = Math.Sqrt(Cosine(row, row));
        return length > 0 ? Array.ConvertAll(row, value => value / length) : row;
    }

    private static double Cosine(double[] one, double[] other)
    {
        double product = 0;
        for (int i = 0; i < one.Length; i++)
        {
            product += one[i] * other[i];
        }

        return product;
    }
}
