using Microsoft.ML.Hydra.Benchmarks.Peers;
using Microsoft.ML.Hydra.Model;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Tests.Peers;

/// <summary>Our kernels as parts of the peer, compared with torch operations: values and gradients.</summary>
public sealed class FusedPartsTests
{
    private readonly FusedParts _parts = new(threads: 2);

    [Fact]
    public void The_linear_map_equals_torchs() => AssertSame(_parts.Linear(6, 10), (x, w) => nn.functional.linear(x, w[0]));

    [Fact]
    public void The_norm_equals_its_definition() =>
        AssertSame(_parts.Norm(6), (x, w) => x * (x.square().mean([-1], keepdim: true) + 1e-5).rsqrt() * w[0]);

    [Fact]
    public void The_feed_forward_equals_its_definition() => AssertSame(_parts.FeedForward(6, 5), (x, w) =>
    {
        Tensor[] parts = nn.functional.linear(x, w[0]).chunk(2, -1);
        return nn.functional.linear(parts[0].silu() * parts[1], w[1]);
    });

    [Fact]
    public void Dropout_passes_the_gradient_of_kept_values_and_adds_the_residual()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = ones([500, 20], requires_grad: true), residual = full([500, 20], 3f, requires_grad: true);
        Tensor y = _parts.AddDropped(residual, x, new DropoutSource { Rate = 0.25, Seed = 1 }, site: 3);
        y.sum().backward();

        Tensor kept = y.detach() - 3;
        AssertClose(kept, x.grad!);
        AssertClose(ones(500, 20), residual.grad!);
        Assert.InRange((kept == 0).to(ScalarType.Float32).mean().item<float>(), 0.2f, 0.3f);
        Assert.InRange(kept.max().item<float>(), 1.332f, 1.334f);
    }

    private static void AssertSame(nn.Module<Tensor, Tensor> part, Func<Tensor, Parameter[], Tensor> definition)
    {
        using DisposeScope scope = NewDisposeScope();
        Parameter[] weights = [.. part.parameters()];
        Tensor x = randn([2, 7, 6], requires_grad: true);
        Tensor y = part.call(x);
        Tensor gradient = randn(y.shape);
        y.backward([gradient]);
        Tensor[] found = [y, x.grad!.clone(), .. weights.Select(weight => weight.grad!.clone())];

        x.grad = null;
        part.zero_grad(set_to_none: true);
        Tensor expected = definition(x, weights);
        expected.backward([gradient]);
        Tensor[] reference = [expected, x.grad!, .. weights.Select(weight => weight.grad!)];

        foreach ((Tensor a, Tensor b) in reference.Zip(found))
        {
            AssertClose(a, b);
        }
    }

    private static void AssertClose(Tensor expected, Tensor found)
    {
        Assert.Equal(expected.shape, found.shape);
        Assert.InRange((expected - found).abs().max().item<float>(), 0, 2e-5f);
    }
}
