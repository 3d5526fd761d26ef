using Microsoft.ML.Hydra.Numerics;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics;

public sealed class PackedRowsTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(5, 3, 2)]
    [InlineData(77, 300, 13)]
    public void Products_are_those_of_the_vectors(int rows, int width, int count)
    {
        var random = new Random(rows);
        float[] vectors = Numbers(rows * width), queries = Numbers(count * width);
        var products = new float[(count * rows) + 1];
        products[^1] = 7;
        new PackedRows(vectors, rows, width).Multiply(queries, products);
        for (int query = 0; query < count; query++)
        {
            for (int row = 0; row < rows; row++)
            {
                double expected = Enumerable.Range(0, width).Sum(i => queries[(query * width) + i] * (double)vectors[(row * width) + i]);
                Assert.Equal(expected, products[(query * rows) + row], 1e-4);
            }
        }

        Assert.Equal(7, products[^1]);

        float[] Numbers(int length) => [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f)];
    }

    [Fact]
    public void Vectors_and_products_of_other_sizes_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new PackedRows(new float[5], 3, 2));
        var packed = new PackedRows(new float[6], 3, 2);
        Assert.Throws<ArgumentException>(() => packed.Multiply(new float[4], new float[5]));
    }
}
