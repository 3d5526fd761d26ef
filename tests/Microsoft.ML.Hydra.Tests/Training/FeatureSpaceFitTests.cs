using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Features;
using Microsoft.ML.Hydra.Tests.Numerics;
using Microsoft.ML.Hydra.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Training;

public sealed class FeatureSpaceFitTests
{
    [Theory]
    [InlineData(50, 4, 4)]
    [InlineData(6, 9, 5)]           // fewer items than columns
    [InlineData(9000, 3, 3)]        // more items than are read at once
    [InlineData(300, 140, 128)]     // more columns than are kept
    public void Whitened_numbers_have_mean_0_and_the_covariance_of_the_identity_over_k(int items, int columns, int directions)
    {
        (FeatureSpace space, SparseRows x) = Fit(ItemSamples.RandomNumbers(1, items, columns));

        Assert.Equal(directions, space.NumberOfFeatures);
        double[][] rows = [.. Enumerable.Range(1, items).Select(row => x.Dense(row).ToDouble())];
        for (int i = 0; i < directions; i++)
        {
            Assert.Equal(0, rows.Average(row => row[i]), 4);
            for (int j = 0; j <= i; j++)
            {
                Assert.Equal(i == j ? 1.0 : 0, directions * rows.Average(row => row[i] * row[j]), 2e-3);
            }
        }
    }

    [Fact]
    public void Columns_that_are_the_same_for_all_items_change_nothing()
    {
        float[][] numbers = ItemSamples.RandomNumbers(1, 20, 3);
        float[][] more = [.. numbers.Select(row => (float[])[0.1f, .. row, 1e6f])];

        (FeatureSpace space, SparseRows x) = Fit(more);

        Assert.Equal(3, space.NumberOfFeatures);
        SparseRows without = Fit(numbers).Features;
        for (int row = 1; row <= 20; row++)
        {
            KernelCase.Close([.. without.Dense(row).Select(value => Math.Abs((double)value))], [.. x.Dense(row).Select(Math.Abs)], 1e-3, $"item {row}");
        }
    }

    [Fact]
    public void Numbers_that_differ_by_too_little_for_single_precision_have_no_features()
    {
        (FeatureSpace tiny, _) = Fit([.. Enumerable.Range(1, 9).Select(i => (float[])[i * 1e-40f])]);
        (FeatureSpace small, SparseRows x) = Fit([.. Enumerable.Range(1, 9).Select(i => (float[])[i * 1e-25f])]);

        Assert.Null(tiny.Numbers);
        Assert.Equal(1, small.NumberOfFeatures);
        Assert.Equal(1.0, Enumerable.Range(1, 9).Average(row => x.Dense(row)[0] * (double)x.Dense(row)[0]), 3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Items_with_the_same_numbers_have_no_features(int items)
    {
        (FeatureSpace space, SparseRows x) = Fit([.. Enumerable.Repeat<float[]>([0.1f, 3, float.NaN], items)]);

        Assert.Null(space.Numbers);
        Assert.Equal(0, space.NumberOfFeatures);
        Assert.All(Enumerable.Range(1, items), row => Assert.True(x.IsEmpty(row)));
    }

    [Fact]
    public void What_is_not_known_counts_as_the_mean_of_what_is()
    {
        (FeatureSpace space, SparseRows x) = Fit([[1, 5], [3, 9], [float.NaN, 7], [float.NaN, float.NaN]]);

        Assert.Equal([2, 7], space.Numbers!.Mean);
        Assert.All(x.Dense(4), value => Assert.Equal(0, value));
        SparseRows filled = Fit([[1, 5], [3, 9], [2, 7], [2, 7]]).Features;
        Assert.All(Enumerable.Range(1, 4), row => Assert.Equal(filled.Dense(row), x.Dense(row)));
    }

    [Fact]
    public void The_space_is_fitted_to_described_items_with_events()
    {
        float[][] numbers = [[1, 2], [2, 1], [5, 5], [1000, -1000]];
        ItemContent content = ItemSamples.Of(["tea red", "tea", null, "red"], SparseSamples.Of(2, [[], .. numbers]));

        FeatureSpace space = FeatureSpaceFit.Fit(content, [0, 3, 1, 4, 0]);

        Assert.Equal([1.5f, 1.5f], space.Numbers!.Mean);
        Assert.Equal(WordTokens.Of(["tea".AsMemory()]), space.Words!.Tokens);
        FeatureSpace none = FeatureSpaceFit.Fit(content, [0, 0, 0, 4, 0]);
        Assert.Equal((0, 0), (none.NumberOfFeatures, none.Map(content, 0, 5).NumberOfColumns));
    }

    [Fact]
    public void Very_many_numbers_are_not_whitened()
    {
        const int Wide = NumberSpace.WidestWhitened + 1;
        float[][] numbers = [.. Enumerable.Range(0, 3).Select(item => Enumerable.Range(0, Wide).Select(i => i == item ? 2 : i == 9 ? float.NaN : 0).ToArray())];

        (FeatureSpace space, SparseRows x) = Fit(numbers);

        Assert.Equal(Wide, space.NumberOfFeatures);
        Assert.Equal([2 / 3f, 2 / 3f, 2 / 3f, 0], space.Numbers!.Mean[..4]);
        Assert.All(Enumerable.Range(1, 3), row => Assert.Equal(1, x.At(row, row - 1)));
    }

    private static (FeatureSpace Space, SparseRows Features) Fit(float[][] numbers)
    {
        ItemContent content = ItemSamples.OfNumbers(numbers);
        int[] events = [0, .. Enumerable.Repeat(1, numbers.Length)];
        FeatureSpace space = FeatureSpaceFit.Fit(content, events);
        return (space, space.Map(content, 0, events.Length));
    }
}
