using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Tests.Compute;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Model;

public sealed class RotaryPositionTests
{
    [Fact]
    public void Position_0_turns_nothing()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = SeededTensors.Normal(1, 2, 3, 2, 6);
        Assert.Equal(x.Values(), RotaryPosition.Rotate(x, zeros([2, 3], ScalarType.Int64)).Values());
    }

    [Fact]
    public void Pairs_keep_their_norm()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = SeededTensors.Normal(1, 2, 50, 2, 6);
        Tensor turned = RotaryPosition.Rotate(x, TinyModel.Positions(2, 50, 12345));
        Assert.True((x - turned).abs().max().item<double>() > 0.1);
        TensorAssert.Close(x.view(2, 50, 2, 3, 2).norm(-1), turned.view(2, 50, 2, 3, 2).norm(-1), 1e-12);
    }

    [Fact]
    public void Values_by_hand()
    {
        using DisposeScope scope = NewDisposeScope();

        // Width 4: pair 0 turns by the position, pair 1 by a hundredth of it.
        Tensor turned = RotaryPosition.Rotate(tensor([1.0, 0, 0, 2]).view(1, 1, 1, 4), tensor([3L]).view(1, 1));

        TensorAssert.Close([Math.Cos(3), Math.Sin(3), -2 * Math.Sin(0.03), 2 * Math.Cos(0.03)], turned.Values(), 1e-12);
    }

    [Fact]
    public void Single_precision_keeps_far_positions_apart()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor turned = RotaryPosition.Rotate(tensor([1f, 0f]).view(1, 1, 1, 2), tensor([1_000_003L]).view(1, 1));
        Assert.Equal(ScalarType.Float32, turned.dtype);
        TensorAssert.Close([Math.Cos(1_000_003), Math.Sin(1_000_003)], turned.Values(), 1e-6);
    }
}
