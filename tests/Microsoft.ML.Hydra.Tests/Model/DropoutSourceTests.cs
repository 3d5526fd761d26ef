using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Tests.Compute;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Model;

public sealed class DropoutSourceTests
{
    [Fact]
    public void Drops_its_rate_and_keeps_the_mean()
    {
        using DisposeScope scope = NewDisposeScope();
        double[] values = new DropoutSource { Rate = 0.3, Seed = 1 }.Apply(ones([1000, 100], ScalarType.Float64)).Values();

        Assert.All(values, value => Assert.True(value == 0 || Math.Abs(value - 1 / 0.7) < 1e-4));
        Assert.InRange(values.Count(value => value == 0) / 1e5, 0.29, 0.31);
        Assert.InRange(values.Average(), 0.985, 1.015);
    }

    [Fact]
    public void Gradient_passes_where_values_pass()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = ones([5, 10], ScalarType.Float64).requires_grad_(true);
        Tensor y = new DropoutSource { Rate = 0.5, Seed = 1 }.Apply(x);
        y.sum().backward();
        Assert.Equal(y.Values(), x.grad!.Values());
    }

    [Fact]
    public void Without_a_seed_or_a_rate_nothing_happens()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = SeededTensors.Normal(1, 20);
        Assert.Same(x, new DropoutSource { Rate = 0.9 }.Apply(x));
        Assert.Same(x, new DropoutSource { Rate = 0, Seed = 1 }.Apply(x));
    }

    [Fact]
    public void The_seed_decides_the_masks_of_all_sites()
    {
        using DisposeScope scope = NewDisposeScope();
        var source = new DropoutSource { Rate = 0.5, Seed = 5 };
        double[] first = source.Apply(ones(2, 64)).Values(), second = source.Apply(ones(2, 64)).Values();
        Assert.NotEqual(first, second);

        source.Seed = 5;
        Assert.Equal(first, source.Apply(ones(2, 64)).Values());
        Assert.Equal(second, source.Apply(ones(2, 64)).Values());
        source.Seed = 6;
        Assert.NotEqual(first, source.Apply(ones(2, 64)).Values());
    }

    [Fact]
    public void Padded_rows_take_the_masks_of_their_tokens()
    {
        using DisposeScope scope = NewDisposeScope();
        double[] packed = new DropoutSource { Rate = 0.5, Seed = 5 }.Apply(ones(3, 20)).Values();
        double[] padded = new DropoutSource { Rate = 0.5, Seed = 5, Tokens = [0, 1, 2, 0] }.Apply(ones(2, 2, 20)).Values();
        Assert.Equal(packed, padded[..60]);
    }
}
