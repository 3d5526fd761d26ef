using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Benchmarks.Peers;
using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Tests.Peers;

/// <summary>The peer is as large as our model, causal, and able to learn.</summary>
public sealed class SasRecTests
{
    private static readonly SasRecSizes s_small = new(Items: 12, Length: 9, Width: 16, Layers: 2, FeedForwardWidth: 24);

    [Theory]
    [InlineData(64, true)]
    [InlineData(64, false)]
    [InlineData(256, true)]
    [InlineData(256, false)]
    public void It_has_as_many_weights_as_ours_within_one_percent(int dimension, bool fused)
    {
        ModelSizes ours = RaceModel.Sizes(new RaceSettings(200, dimension, 1, 1));
        ISasRecParts parts = Parts(fused);
        SasRecSizes sizes = SasRecSizes.Matching(ours, length: 200, parts);
        using var model = new SasRec(sizes, dropout: 0, parts);

        Assert.Equal(model.NumberOfParameters, sizes.Parameters(parts));
        Assert.InRange((double)model.NumberOfParameters / ours.NumberOfParameters, 0.99, 1.01);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(256)]
    public void A_block_has_as_many_weights_as_one_of_our_layers_within_one_percent(int dimension)
    {
        ModelSizes ours = RaceModel.Sizes(new RaceSettings(200, dimension, 1, 1), layers: 1);
        using var block = new TorchBlock(SasRecSizes.MatchingBlock(ours, new TorchParts()), sequences: 1, length: 2);

        Assert.InRange((double)block.Parameters / HydraBlock.LayerParameters(ours), 0.99, 1.01);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_sees_no_later_event(bool fused)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable inference = no_grad();
        var model = new SasRec(s_small, dropout: 0, Parts(fused));
        Tensor before = model.call(tensor(new long[] { 1, 2, 3, 4, 5, 6, 7, 8, 9 }).view(1, 9));
        Tensor after = model.call(tensor(new long[] { 1, 2, 3, 4, 5, 11, 7, 8, 9 }).view(1, 9));

        Assert.Equal(before.narrow(0, 0, 5).data<float>().ToArray(), after.narrow(0, 0, 5).data<float>().ToArray());
        Assert.NotEqual(before.narrow(0, 5, 4).data<float>().ToArray(), after.narrow(0, 5, 4).data<float>().ToArray());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Neither_a_later_event_nor_a_neighbour_changes_a_vector(bool fused)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable inference = no_grad();
        var model = new SasRec(s_small, dropout: 0, Parts(fused));
        Tensor alone = model.Encode(new TokenBatch([1, 2, 3, 4], [0, 1, 2, 3], [4]));
        Tensor between = model.Encode(new TokenBatch([7, 1, 2, 3, 11, 5, 6, 7, 8, 9, 10, 11], [0, 0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6], [1, 4, 7]));

        Assert.InRange((alone - between.narrow(0, 1, 4)).narrow(0, 0, 3).abs().max().item<float>(), 0, 1e-5f);
        Assert.True((alone - between.narrow(0, 1, 4))[3].abs().max().item<float>() > 1e-2f);
    }

    [Fact]
    public void Of_a_long_sequence_the_last_events_are_read()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable inference = no_grad();
        var model = new SasRec(s_small, dropout: 0, Parts(true));
        int[] items = [12, 11, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 3, 2];
        Tensor found = model.Encode(new TokenBatch(items, [.. Enumerable.Range(0, 12), 0, 1], [12, 2]));
        Tensor last = model.Encode(new TokenBatch(items[3..], [.. Enumerable.Range(3, 9), 0, 1], [9, 2]));

        Assert.Equal(last.data<float>().ToArray(), found.narrow(0, 3, 11).contiguous().data<float>().ToArray());
        Assert.Equal(0, found.narrow(0, 0, 3).abs().max().item<float>());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_learns_a_cycle(bool fused)
    {
        SequenceBatch batch = Cycle(sequences: 8);
        using SasRecTraining training = fused
            ? SasRecTraining.WithKernels(s_small, dropout: 0.1, batch, threads: 2)
            : SasRecTraining.InTorch(s_small, dropout: 0.1, batch);
        double first = training.Step();
        double last = first;
        for (int i = 0; i < 300; i++)
        {
            last = training.Step();
        }

        Assert.InRange(first, 0.9 * Math.Log(s_small.Items), 1.1 * Math.Log(s_small.Items));
        Assert.InRange(last, 0, 0.5 * first);
    }

    private static ISasRecParts Parts(bool fused) => fused ? new FusedParts(threads: 2) : new TorchParts();

    // 1 → 2 → … → items → 1, with a different first item in each sequence
    private static SequenceBatch Cycle(int sequences)
    {
        (int items, int length) = (s_small.Items, s_small.Length);
        int[] events = [.. Enumerable.Range(0, sequences * length).Select(i => ((i / length) + (i % length)) % items)];
        return new SequenceBatch
        {
            Lengths = [.. Enumerable.Repeat(length, sequences)],
            Items = [.. events.Select(e => e + 1)],
            Positions = [.. events.Select((_, i) => i % length)],
            Targets = [.. events.Select(e => (long)((e + 1) % items) + 1)],
        };
    }
}
