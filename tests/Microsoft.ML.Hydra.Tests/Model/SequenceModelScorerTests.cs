using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Compute;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Model;

public sealed class SequenceModelScorerTests
{
    private static readonly int[] s_lengths = [3, 5000, 1, 700, 33, 2, 1, 4096, 64, 65, 250, 9000, 12, 1, 500];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ragged_histories_score_as_each_alone_in_the_order_given(bool rotary)
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = Create(TinyModel.Sizes with { RotaryGate = rotary });
        (int[] items, int[] offsets) = Histories(s_lengths);

        float[] together = Score(model, items, offsets);

        int width = model.Sizes.NumberOfItems + 1;
        for (int i = 0; i < s_lengths.Length; i++)
        {
            float[] alone = Score(model, items[offsets[i]..offsets[i + 1]], [0, s_lengths[i]]);
            TensorAssert.Close(Doubles(alone), Doubles(together.AsSpan(i * width, width)), 1e-4, $"history {i}");
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.1)]
    public void Scores_are_those_of_the_equations(double? temperature)
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = Create(TinyModel.Sizes with { RotaryGate = true, Temperature = temperature });
        (int[] items, int[] offsets) = Histories([4, 9, 2]);
        float[] scores = Score(model, items, offsets);

        var plain = new PlainHydra(TinyModel.Weights(model), model.Sizes);
        for (int i = 0; i < 3; i++)
        {
            double[] expected = plain.Scores(plain.Run(items[offsets[i]..offsets[i + 1]])[^1]);
            TensorAssert.Close(expected, Doubles(scores.AsSpan(i * 12, 12)), 1e-4, $"history {i}");
        }
    }

    [Fact]
    public void A_long_history_is_read_from_its_first_event()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = Create(TinyModel.Sizes);
        using (no_grad())
        {
            foreach ((string name, TorchSharp.Modules.Parameter parameter) in model.named_parameters().Where(p => p.name.EndsWith("A_log", StringComparison.Ordinal)))
            {
                parameter.fill_(-20);   // the state forgets nothing
            }
        }

        (int[] items, int[] offsets) = Histories([5000]);
        float[] before = Score(model, items, offsets);
        items[0] = items[0] % 11 + 1;
        float[] after = Score(model, items, offsets);

        Assert.True(before.Zip(after, (a, b) => Math.Abs(a - b)).Max() > 1e-4);
    }

    [Fact]
    public void Histories_may_lie_anywhere_in_the_items()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = Create(TinyModel.Sizes);
        (int[] items, _) = Histories([20]);
        Assert.Equal(Score(model, items[5..12], [0, 7]), Score(model, items, [5, 12]));
    }

    [Fact]
    public void No_histories_are_no_work()
    {
        using HydraModel model = Create(TinyModel.Sizes);
        Assert.Empty(Score(model, [], [0]));
    }

    [Fact]
    public void Many_threads_give_the_same_bits()
    {
        using HydraModel model = Create(TinyModel.Sizes with { RotaryGate = true });
        (int[] items, int[] offsets) = Histories([3, 120, 1, 70, 33]);
        float[] expected = Score(model, items, offsets);
        var results = new float[24][];
        Parallel.For(0, results.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => results[i] = Score(model, items, offsets));
        Assert.All(results, result => Assert.Equal(expected, result));
    }

    [Fact]
    public void Scoring_leaves_no_tensor_behind()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = Create(TinyModel.Sizes);
        (int[] items, int[] offsets) = Histories([3, 120, 1]);
        Score(model, items, offsets);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 10; i++)
        {
            Score(model, items, offsets);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static HydraModel Create(ModelSizes sizes) => TinyModel.Create(sizes, Microsoft.ML.Hydra.Compute.ModelKernels.For(CPU, 2), ScalarType.Float32);

    private static (int[] items, int[] offsets) Histories(int[] lengths)
    {
        var random = new Random(7);
        var offsets = new int[lengths.Length + 1];
        for (int i = 0; i < lengths.Length; i++)
        {
            offsets[i + 1] = offsets[i] + lengths[i];
        }

        return ([.. Enumerable.Range(0, offsets[^1]).Select(_ => random.Next(1, 12))], offsets);
    }

    private static float[] Score(HydraModel model, int[] items, int[] offsets)
    {
        var scores = new float[(offsets.Length - 1) * (model.Sizes.NumberOfItems + 1)];
        new SequenceModelScorer(model, CPU).Score(items, default, offsets, scores);
        return scores;
    }

    private static double[] Doubles(ReadOnlySpan<float> values) => Array.ConvertAll(values.ToArray(), v => (double)v);
}
