using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Tests.Kernels;
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
        using var generator = new Generator(1, CPU);
        double[] values = new DropoutSource { Rate = 0.3, Generator = generator }.Apply(ones([100_000], ScalarType.Float64)).Values();

        Assert.All(values, value => Assert.True(value == 0 || Math.Abs(value - 1 / 0.7) < 1e-12));
        Assert.InRange(values.Count(value => value == 0) / 1e5, 0.29, 0.31);
        Assert.InRange(values.Average(), 0.985, 1.015);
    }

    [Fact]
    public void Gradient_passes_where_values_pass()
    {
        using DisposeScope scope = NewDisposeScope();
        using var generator = new Generator(1, CPU);
        Tensor x = ones([50], ScalarType.Float64).requires_grad_(true);
        Tensor y = new DropoutSource { Rate = 0.5, Generator = generator }.Apply(x);
        y.sum().backward();
        Assert.Equal(y.Values(), x.grad!.Values());
    }

    [Fact]
    public void Without_a_generator_or_a_rate_nothing_happens()
    {
        using DisposeScope scope = NewDisposeScope();
        using var generator = new Generator(1, CPU);
        Tensor x = SeededTensors.Normal(1, 20);
        Assert.Same(x, new DropoutSource { Rate = 0.9 }.Apply(x));
        Assert.Same(x, new DropoutSource { Rate = 0, Generator = generator }.Apply(x));
    }

    [Fact]
    public void The_seed_decides_the_mask()
    {
        using DisposeScope scope = NewDisposeScope();
        Assert.Equal(Mask(5), Mask(5));
        Assert.NotEqual(Mask(5), Mask(6));

        using var generator = new Generator(5, CPU);
        var source = new DropoutSource { Rate = 0.5, Generator = generator };
        Assert.NotEqual(source.Apply(ones(64)).Values(), source.Apply(ones(64)).Values());

        static double[] Mask(ulong seed)
        {
            using var generator = new Generator(seed, CPU);
            return new DropoutSource { Rate = 0.5, Generator = generator }.Apply(ones(64)).Values();
        }
    }
}
