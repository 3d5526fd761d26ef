using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Compute;
using Microsoft.ML.Hydra.Tests.Model;
using Microsoft.ML.Hydra.Tests.Numerics.Reference;
using Microsoft.ML.Hydra.Tests.Scoring;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Numerics.Recurrent;

/// <summary>
/// Three ways to the same vectors: event by event, many events at once, and the torch modules over the whole history at float64
/// with the scan as its definition reads.
/// </summary>
public sealed class StateEncoderTests
{
    private static readonly ModelSizes s_default = new()
    {
        NumberOfItems = 300,
        Width = 64,
        Layers = 2,
        LatentHeads = 4,
        LatentWidth = 16,
        Expand = 2,
        StateSize = 32,
        InnerHeadWidth = 16,
        ConvolutionTaps = 4,
        FeedForwardWidth = 176,
    };

    public static TheoryData<string> Sets => KernelCase.SetNames;

    [Fact]
    public void One_by_one_at_once_and_in_torch_agree_at_any_length_up_to_5000() =>
        AssertSame(s_default, [1, 2, 3, 4, 5, 11, 12, 13, 64, 200, 201, 333, 1000, 2047, 2048, 2049, 5000]);

    [Theory]
    [MemberData(nameof(Sets))]
    public void They_agree_with_any_vectors(string set) =>
        AssertSame(TinyModel.Sizes, [1, 2, 3, 4, 50, 97, 300], Enum.Parse<InstructionSet>(set));

    [Theory]
    [InlineData(true, null, 4, 2)]
    [InlineData(true, 0.1, 2, 1)]
    [InlineData(false, 0.05, 1, 3)]
    [InlineData(false, null, 7, 1)]
    public void They_agree_in_any_configuration(bool gate, double? temperature, int taps, int layers) => AssertSame(
        TinyModel.Sizes with { ItemGate = gate, RotaryGate = gate, Temperature = temperature, ConvolutionTaps = taps, Layers = layers },
        [1, 2, 5, 40, 2500]);

    [Theory]
    [MemberData(nameof(Sets))]
    public void They_agree_with_a_clock(string set) =>
        AssertSame(s_default with { TimeFeatures = 2 }, [1, 2, 3, 11, 12, 13, 200, 2049, 2500], Enum.Parse<InstructionSet>(set));

    [Theory]
    [InlineData(40, 8)]
    [InlineData(24, 40)]
    public void They_agree_where_inner_heads_are_wide_or_many(int inner, int stateSize) => AssertSame(
        TinyModel.Sizes with { LatentHeads = 1, LatentWidth = 2 * inner, InnerHeadWidth = inner, StateSize = stateSize }, [1, 20, 80]);

    [Fact]
    public void Any_way_of_cutting_a_history_leads_to_the_same_state()
    {
        using HydraModel model = Create(s_default);
        using var trained = new TrainedWeights(model);
        using var encoder = new StateEncoder(trained.Weights);
        int[] items = Items(s_default, 700);
        SequenceState whole = Append(encoder, s_default, items);
        foreach (int[] cut in new int[][] { [1, 699], [3, 12, 13, 2], [350, 349, 1], [699, 700] })
        {
            var state = new SequenceState(s_default);
            int at = 0;
            foreach (int length in cut)
            {
                int end = Math.Min(700, at + length);
                encoder.Append(state, items.AsSpan(at..end), default);
                at = end;
            }

            encoder.Append(state, items.AsSpan(at..), default);
            Assert.Equal(700, state.Events);
            TensorAssert.Close(Doubles(whole.Values), Doubles(state.Values), 1e-5);
        }
    }

    [Fact]
    public void A_copy_is_independent_and_a_cleared_state_is_empty()
    {
        using HydraModel model = Create(TinyModel.Sizes);
        using var trained = new TrainedWeights(model);
        using var encoder = new StateEncoder(trained.Weights);
        SequenceState state = Append(encoder, TinyModel.Sizes, [1, 2, 3]);
        float[] before = state.Values.ToArray();
        var copy = new SequenceState(TinyModel.Sizes);
        copy.CopyFrom(state);

        encoder.Append(copy, [4], default);

        Assert.Equal(before, state.Values.ToArray());
        Assert.NotEqual(before, copy.Values.ToArray());
        Assert.Equal((3, 4), (state.Events, copy.Events));
        copy.Clear();
        encoder.Append(copy, [1, 2, 3], default);
        Assert.Equal(before, copy.Values.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void The_number_of_events_stops_at_the_largest(int before)
    {
        using HydraModel model = Create(TinyModel.Sizes);
        using var trained = new TrainedWeights(model);
        using var encoder = new StateEncoder(trained.Weights);
        SequenceState state = Append(encoder, TinyModel.Sizes, [1, 2, 3]);
        state.Events = int.MaxValue - before;

        encoder.Append(state, [1], default);
        encoder.Append(state, [.. Enumerable.Repeat(2, 40)], default);
        encoder.Append(state, [3], default);

        Assert.Equal(int.MaxValue, state.Events);
        Assert.All(state.Values.ToArray(), value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void An_event_allocates_nothing()
    {
        using HydraModel model = Create(s_default);
        using var trained = new TrainedWeights(model);
        using var encoder = new StateEncoder(trained.Weights);
        var state = new SequenceState(s_default);
        (int[] rows, float[] scores, float[] hidden) = (new int[10], new float[10], new float[s_default.Width]);
        int[] items = Items(s_default, 50);
        void Use(int first, int end)
        {
            for (int i = first; i < end; i++)
            {
                encoder.Append(state, items.AsSpan(i, 1), default);
                encoder.Encode(state, hidden);
                encoder.FindBest(hidden, default, null, rows, scores);
                encoder.Score(hidden, rows, scores);
            }
        }

        Use(0, 3);

        Assert.Equal(0, Allocations.Of(() => Use(3, 50)));
    }

    [Fact]
    public void Long_histories_need_no_more_memory_than_pieces_of_them()
    {
        using HydraModel model = Create(TinyModel.Sizes);
        using var trained = new TrainedWeights(model);
        using var encoder = new StateEncoder(trained.Weights);
        int[] items = Items(TinyModel.Sizes, 50_000);
        Append(encoder, TinyModel.Sizes, items[..(2 * StateEncoder.EventsAtOnce)]);
        long memory = encoder.Capacity;

        Append(encoder, TinyModel.Sizes, items);

        Assert.Equal(memory, encoder.Capacity);
    }

    private static void AssertSame(ModelSizes sizes, int[] lengths, InstructionSet? set = null)
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = Create(sizes);
        using var trained = new TrainedWeights(model, set);
        using var encoder = new StateEncoder(trained.Weights);
        int[] items = Items(sizes, lengths[^1]);
        float[] times = Times(sizes, lengths[^1]);
        int k = sizes.TimeFeatures;
        using HydraModel exact = Exact(model);
        using IDisposable inference = no_grad();
        Tensor? exactTimes = k == 0 ? null : tensor(times).view(1, -1, k).to(ScalarType.Float64);
        Tensor hidden = exact.call(tensor(Array.ConvertAll(items, i => (long)i)).view(1, -1), TinyModel.Positions(1, items.Length), exactTimes)[0];
        var single = new SequenceState(sizes);
        foreach (int length in lengths)
        {
            while (single.Events < length)
            {
                encoder.Append(single, items.AsSpan(single.Events, 1), times.AsSpan(single.Events * k, k));
            }

            SequenceState many = Append(encoder, sizes, items[..length], times[..(length * k)]);
            Tensor query = exact.ScoringQueries(hidden[(length - 1)..length]);
            double[] expected = query.mm(exact.ScoringTable().t()).Values();
            AssertClose(hidden[length - 1].Values(), expected, single, encoder, sizes, $"{length} one by one");
            AssertClose(hidden[length - 1].Values(), expected, many, encoder, sizes, $"{length} at once");
            TensorAssert.Close(Doubles(many.Values), Doubles(single.Values), 1e-5, $"state of {length}");
        }
    }

    private static void AssertClose(
        double[] hidden, double[] scores, SequenceState state, StateEncoder encoder, ModelSizes sizes, string what)
    {
        var vector = new float[sizes.Width];
        encoder.Encode(state, vector);
        TensorAssert.Close(hidden, Doubles(vector), 1e-5, $"vector after {what}");
        int[] all = [.. Enumerable.Range(1, sizes.NumberOfItems)];
        var found = new float[all.Length];
        encoder.Score(vector, all, found);
        TensorAssert.Close(scores[1..], Doubles(found), 1e-5, $"scores after {what}");
        (int[] rows, float[] best) = (new int[10], new float[10]);
        Assert.Equal(10, encoder.FindBest(vector, default, null, rows, best));
        Assert.Equal(TopTen(scores), rows);
        Assert.Equal(Array.ConvertAll(rows, row => found[row - 1]), best);
    }

    private static int[] TopTen(double[] scores) => [.. Enumerable.Range(1, scores.Length - 1).OrderByDescending(row => scores[row]).Take(10)];

    private static SequenceState Append(StateEncoder encoder, ModelSizes sizes, int[] items, float[]? times = null)
    {
        var state = new SequenceState(sizes);
        encoder.Append(state, items, times);
        return state;
    }

    private static int[] Items(ModelSizes sizes, int count)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(1, sizes.NumberOfItems + 1))];
    }

    private static float[] Times(ModelSizes sizes, int count)
    {
        var random = new Random(8);
        return [.. Enumerable.Range(0, count * sizes.TimeFeatures).Select(_ => (2 * random.NextSingle()) - 1)];
    }

    private static HydraModel Create(ModelSizes sizes) =>
        new HydraModel(sizes, ModelKernels.InTorch(ReferenceScan.Run), seed: 5, dropoutRate: 0).Shaken(100, 0.1);

    // The same weights at float64
    private static HydraModel Exact(HydraModel model)
    {
        HydraModel exact = new(model.Sizes, ModelKernels.InTorch(ReferenceScan.Run), seed: 1, dropoutRate: 0, ScalarType.Float64);
        using IDisposable inference = no_grad();
        foreach (((_, TorchSharp.Modules.Parameter from), (_, TorchSharp.Modules.Parameter to)) in model.named_parameters().Zip(exact.named_parameters()))
        {
            to.copy_(from);
        }

        return exact;
    }

    private static double[] Doubles(ReadOnlySpan<float> values) => Array.ConvertAll(values.ToArray(), v => (double)v);
}
