using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Compute;
using Microsoft.ML.Hydra.Tests.Numerics.Reference;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Model;

public sealed class HydraModelTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_position_never_sees_a_later_one(bool rotary)
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = TinyModel.Create(TinyModel.Sizes with { RotaryGate = rotary });
        const int Length = 13;
        Tensor items = TinyModel.Items(1, 1, Length);
        Tensor before = model.call(items, TinyModel.Positions(1, Length), null);
        for (int t = 0; t < Length - 1; t++)
        {
            Tensor changed = items.clone();
            changed[.., (t + 1)..] = items[.., (t + 1)..] % 11 + 1;
            Tensor after = model.call(changed, TinyModel.Positions(1, Length), null);

            TensorAssert.Close(before[.., ..(t + 1)], after[.., ..(t + 1)], 1e-12, $"up to {t}");
            double moved = (before - after)[.., t + 1].abs().max().item<double>();
            Assert.True(moved > 1e-6, $"position {t + 1} does not see its own event");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_early_event_reaches_every_later_position(bool rotary)
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = TinyModel.Create(TinyModel.Sizes with { RotaryGate = rotary });
        Tensor items = TinyModel.Items(1, 1, 12);
        Tensor changed = items.clone();
        changed[0, 0] = items[0, 0] % 11 + 1;

        double[] moved = (model.call(items, TinyModel.Positions(1, 12), null) - model.call(changed, TinyModel.Positions(1, 12), null)).abs().amax([-1]).Values();

        Assert.All(moved, value => Assert.True(value > 1e-9));
    }

    [Fact]
    public void A_padded_batch_of_ragged_sequences_is_each_alone()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = TinyModel.Create();
        int[] lengths = [5, 1, 9, 4, 8];
        Tensor items = zeros([lengths.Length, 9], ScalarType.Int64);
        for (int i = 0; i < lengths.Length; i++)
        {
            items[i, ..lengths[i]] = TinyModel.Items(10 + i, 1, lengths[i])[0];
        }

        Tensor together = model.call(items, null, null);

        for (int i = 0; i < lengths.Length; i++)
        {
            Tensor alone = model.call(items[i, ..lengths[i]].unsqueeze(0), null, null);
            TensorAssert.Close(alone[0], together[i, ..lengths[i]], 1e-12, $"sequence {i}");
        }
    }

    [Fact]
    public void Without_the_rotary_gate_positions_do_not_matter()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = TinyModel.Create();
        Tensor items = TinyModel.Items(1, 2, 7);

        Tensor expected = model.call(items, null, null);

        Assert.Equal(expected.Values(), model.call(items, TinyModel.Positions(2, 7, 900), null).Values());
    }

    [Fact]
    public void With_the_rotary_gate_a_window_depends_on_where_it_lies()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = TinyModel.Create(TinyModel.Sizes with { RotaryGate = true });
        Tensor items = TinyModel.Items(1, 2, 7);
        Tensor atStart = model.call(items, TinyModel.Positions(2, 7), null);
        Tensor later = model.call(items, TinyModel.Positions(2, 7, 40), null);
        Assert.True((atStart - later).abs().max().item<double>() > 1e-4);

        // Rows of a batch keep their own positions.
        Tensor mixed = model.call(items, cat([TinyModel.Positions(1, 7), TinyModel.Positions(1, 7, 40)]), null);
        TensorAssert.Close(atStart[0], mixed[0], 1e-12);
        TensorAssert.Close(later[1], mixed[1], 1e-12);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(true, 23)]
    public void Every_scan_gives_the_same_model(bool rotary, int first)
    {
        using DisposeScope scope = NewDisposeScope();
        ModelSizes sizes = TinyModel.Sizes with { RotaryGate = rotary };
        using HydraModel sequential = TinyModel.Create(sizes, ModelKernels.InTorch(ReferenceScan.Run));
        Tensor items = TinyModel.Items(1, 3, 70);
        Tensor expected = sequential.call(items, TinyModel.Positions(3, 70, first), null);
        foreach (StateSpaceScan scan in new[] { ScanKernel.Chunked(1), ScanKernel.Chunked(8), ScanKernel.Chunked(500), ScanKernel.For(CPU) })
        {
            using HydraModel model = TinyModel.Create(sizes, ModelKernels.InTorch(scan));
            TensorAssert.Close(expected, model.call(items, TinyModel.Positions(3, 70, first), null), 1e-9);

            Tensor padded = cat([items, zeros([3, 30], ScalarType.Int64)], 1);
            TensorAssert.Close(expected, model.call(padded, TinyModel.Positions(3, 100, first), null)[.., ..70], 1e-9, "padded");
        }
    }

    [Fact]
    public void Dropout_acts_in_training_only()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = TinyModel.Create();
        Tensor items = TinyModel.Items(1, 2, 7);
        Tensor quiet = model.call(items, null, null);
        model.Dropout.Seed = 1;
        Assert.True((quiet - model.call(items, null, null)).abs().max().item<double>() > 1e-3);
        model.Dropout.Seed = null;
        Assert.Equal(quiet.Values(), model.call(items, null, null).Values());
    }

    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 1)]
    public void The_sizes_tell_the_number_of_weights(bool itemGate, int layers)
    {
        using DisposeScope scope = NewDisposeScope();
        ModelSizes sizes = TinyModel.Sizes with { ItemGate = itemGate, RotaryGate = false, Layers = layers };
        using HydraModel model = TinyModel.Create(sizes);
        Assert.Equal(model.parameters().Sum(p => p.numel()), sizes.NumberOfParameters);
    }
}
