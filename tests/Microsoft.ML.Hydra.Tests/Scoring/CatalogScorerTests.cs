using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Scoring;
using Microsoft.ML.Hydra.Tests.Compute;
using Microsoft.ML.Hydra.Tests.Model;
using Microsoft.ML.Hydra.Tests.Numerics;
using Microsoft.ML.Hydra.Tests.Numerics.Reference;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Scoring;

public sealed class CatalogScorerTests
{
    private static readonly int[] s_lengths = [3, 5000, 1, 700, 33, 2, 1, 4096, 64, 65, 250, 9000, 12, 1, 500];

    public static TheoryData<string> Sets => KernelCase.SetNames;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Scores_are_those_of_the_modules_with_any_vectors(string set) =>
        AssertSame(TinyModel.Sizes, [1, 200, 5, 97, 96, 2, 1500], Enum.Parse<InstructionSet>(set));

    [Theory]
    [InlineData(true, false, null, 4, 2)]
    [InlineData(true, true, null, 4, 2)]
    [InlineData(true, true, 0.1, 2, 1)]
    [InlineData(false, false, 0.05, 1, 3)]
    [InlineData(false, false, null, 7, 1)]
    public void Scores_are_those_of_the_modules_in_any_configuration(bool gate, bool rotary, double? temperature, int taps, int layers) => AssertSame(
        TinyModel.Sizes with { ItemGate = gate, RotaryGate = rotary, Temperature = temperature, ConvolutionTaps = taps, Layers = layers },
        [1, 200, 5, 97, 3],
        InstructionSets.Best);

    [Fact]
    public void A_history_scores_the_same_bits_alone_and_among_others_on_any_number_of_threads()
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = Create(TinyModel.Sizes with { RotaryGate = true });
        (int[] items, int[] offsets) = Histories(s_lengths);
        using CatalogScorer one = new TrainedWeights(model).Scorer(), many = new TrainedWeights(model).Scorer(5);

        float[] together = Score(many, items, offsets);

        Assert.Equal(together, Score(one, items, offsets));
        int width = model.Sizes.NumberOfItems + 1;
        for (int i = 0; i < s_lengths.Length; i++)
        {
            Assert.Equal(together[(i * width)..((i + 1) * width)], Score(one, items[offsets[i]..offsets[i + 1]], [0, s_lengths[i]]));
        }
    }

    [Fact]
    public void Many_threads_on_one_scorer_give_the_same_bits()
    {
        using HydraModel model = Create(TinyModel.Sizes);
        using CatalogScorer scorer = new TrainedWeights(model).Scorer(2);
        (int[] items, int[] offsets) = Histories([3, 120, 1, 70, 3000, 33]);
        float[] expected = Score(scorer, items, offsets);
        var results = new float[24][];
        Parallel.For(0, results.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => results[i] = Score(scorer, items, offsets));
        Assert.All(results, result => Assert.Equal(expected, result));
    }

    [Fact]
    public void Histories_may_lie_anywhere_in_the_items()
    {
        using HydraModel model = Create(TinyModel.Sizes);
        using CatalogScorer scorer = new TrainedWeights(model).Scorer();
        (int[] items, _) = Histories([20]);
        Assert.Equal(Score(scorer, items[5..12], [0, 7]), Score(scorer, items, [5, 12]));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.1)]
    public void One_item_scores_as_in_the_catalogue(double? temperature)
    {
        using HydraModel model = Create(TinyModel.Sizes with { Temperature = temperature });
        using CatalogScorer scorer = new TrainedWeights(model).Scorer(2);
        (int[] items, int[] offsets) = Histories([3, 2500, 1, 70]);
        float[] all = Score(scorer, items, offsets);
        var one = new float[4];

        scorer.Score(items, default, offsets, 5, one);

        TensorAssert.Close([.. Enumerable.Range(0, 4).Select(i => (double)all[(i * 12) + 5])], Array.ConvertAll(one, s => (double)s), 1e-5);
    }

    [Fact]
    public void Without_histories_nothing_is_scored()
    {
        using HydraModel model = Create(TinyModel.Sizes);
        using CatalogScorer scorer = new TrainedWeights(model).Scorer();
        Assert.Empty(Score(scorer, [], [0]));
    }

    private static void AssertSame(ModelSizes sizes, int[] lengths, InstructionSet set)
    {
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = Create(sizes);
        using CatalogScorer scorer = new TrainedWeights(model, set).Scorer();
        (int[] items, int[] offsets) = Histories(lengths);

        float[] scores = Score(scorer, items, offsets);

        using IDisposable inference = no_grad();
        for (int i = 0; i < lengths.Length; i++)
        {
            long[] history = Array.ConvertAll(items[offsets[i]..offsets[i + 1]], item => (long)item);
            Tensor hidden = model.call(tensor(history).view(1, -1), TinyModel.Positions(1, history.Length), null)[0][^1..];
            Tensor expected = model.ScoringQueries(hidden).mm(model.ScoringTable().t())[0];
            int width = sizes.NumberOfItems + 1;
            TensorAssert.Close(expected.Values(), Array.ConvertAll(scores[(i * width)..((i + 1) * width)], s => (double)s), 1e-5, $"history of {lengths[i]}");
        }
    }

    private static HydraModel Create(ModelSizes sizes) =>
        TinyModel.Create(sizes, ModelKernels.InTorch(ReferenceScan.Run), ScalarType.Float32);

    private static (int[] Items, int[] Offsets) Histories(int[] lengths)
    {
        var random = new Random(7);
        var offsets = new int[lengths.Length + 1];
        for (int i = 0; i < lengths.Length; i++)
        {
            offsets[i + 1] = offsets[i] + lengths[i];
        }

        return ([.. Enumerable.Range(0, offsets[^1]).Select(_ => random.Next(1, 12))], offsets);
    }

    private static float[] Score(CatalogScorer scorer, int[] items, int[] offsets)
    {
        var scores = new float[(offsets.Length - 1) * 12];
        scorer.Score(items, default, offsets, scores);
        return scores;
    }
}
