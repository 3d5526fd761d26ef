using Microsoft.ML.Hydra.Persistence;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Persistence;

public sealed class NamedTensorTests
{
    [Fact]
    public void Shape_and_values_must_agree()
    {
        var error = Assert.Throws<ArgumentException>(() => new NamedTensor("w", [2, 3], new float[5]));

        Assert.Contains("Tensor 'w' has 5 elements, which do not fill the shape [2, 3].", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Negative_and_overflowing_shapes_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new NamedTensor("w", [-1, -1], new float[1]));
        Assert.Throws<ArgumentException>(() => new NamedTensor("w", [1L << 32, 1L << 32], Array.Empty<float>()));
    }

    [Fact]
    public void Arrays_of_other_elements_are_refused_even_where_the_runtime_would_cast_them()
    {
        var error = Assert.Throws<ArgumentException>(() => new NamedTensor("w", [1], new uint[1]));

        Assert.Contains("holds a UInt32[]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_reserved_name_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new NamedTensor("__metadata__", [1], new float[1]));
    }

    [Fact]
    public void Values_of_another_type_than_expected_are_one_clear_error()
    {
        var tensor = new NamedTensor("w", [1], new[] { 2f });

        Assert.Equal([2f], tensor.Values<float>());
        var error = Assert.Throws<InvalidDataException>(() => tensor.Values<long>());
        Assert.Equal("Tensor 'w' holds F32 elements; Int64 was expected.", error.Message);
        Assert.Throws<InvalidDataException>(() => new NamedTensor("i", [1], new[] { 2 }).Values<uint>());
    }
}
