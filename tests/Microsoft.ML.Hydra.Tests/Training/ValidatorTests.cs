using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Tests.Items;
using Microsoft.ML.Hydra.Tests.Model;
using Microsoft.ML.Hydra.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Training;

public sealed class ValidatorTests
{
    private const int Items = 30;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Is_the_mean_over_the_held_out_events(bool excludeSeen)
    {
        using HydraModel model = Create();
        TrainingData data = Data();
        var scorer = new SequenceModelScorer(model, CPU);
        double sum = 0;
        foreach (int s in data.ValidationSequences)
        {
            int[] history = data.Sequences[s][..^1].ToArray();
            int label = data.Sequences[s][^1];
            var scores = new float[Items + 1];
            scorer.Score(history, default, [0, history.Length], scores);
            int[] ranked = [.. Enumerable.Range(1, Items).Where(i => !excludeSeen || !history.Contains(i)).OrderByDescending(i => scores[i]).ThenBy(i => i)];
            int rank = Array.IndexOf(ranked, label) + 1;
            sum += rank is >= 1 and <= 10 ? 1 / Math.Log2(rank + 1) : 0;
        }

        double expected = sum / data.ValidationSequences.Length;

        Assert.InRange(expected, 0.01, 0.99);
        Assert.Equal(expected, new Validator(data, excludeSeen).NdcgAt10(scorer, () => { }), 1e-12);
    }

    [Fact]
    public void Of_equal_scores_the_lower_row_comes_first()
    {
        using HydraModel model = Create();
        using (no_grad())
        {
            model.ItemEmbedding.zero_();
        }

        TrainingData data = TrainingData.Split(SampleSequences.Of(Items, [1, 2, 5]), SequenceValidation.LeaveLastOut, 0, new Random(1));
        Assert.Equal(1 / Math.Log2(6), new Validator(data, excludeSeenItems: false).NdcgAt10(new SequenceModelScorer(model, CPU), () => { }), 1e-12);
        Assert.Equal(1 / Math.Log2(4), new Validator(data, excludeSeenItems: true).NdcgAt10(new SequenceModelScorer(model, CPU), () => { }), 1e-12);
    }

    [Fact]
    public void Is_no_number_when_nothing_is_held_out()
    {
        using HydraModel model = Create();
        var validator = new Validator(TrainingData.Split(SampleSequences.Of(Items, [1, 2, 3]), SequenceValidation.None, 0, new Random(1)), true);
        Assert.True(double.IsNaN(validator.NdcgAt10(new SequenceModelScorer(model, CPU), () => { })));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_model_that_is_no_longer_numbers_is_refused(bool excludeSeen)
    {
        using HydraModel model = Create();
        using (no_grad())
        {
            model.ItemEmbedding.fill_(float.NaN);
        }

        Assert.Throws<NotFiniteNumberException>(() => new Validator(Data(), excludeSeen).NdcgAt10(new SequenceModelScorer(model, CPU), () => { }));
    }

    [Fact]
    public void Cancellation_reaches_it()
    {
        using HydraModel model = Create();
        Assert.Throws<OperationCanceledException>(
            () => new Validator(Data(), true).NdcgAt10(new SequenceModelScorer(model, CPU), () => throw new OperationCanceledException()));
    }

    private static HydraModel Create() => TinyModel.Create(TinyModel.Sizes with { NumberOfItems = Items }, ModelKernels.For(CPU, 2), ScalarType.Float32);

    // Repeats are likely: labels among the seen.
    private static TrainingData Data()
    {
        var random = new Random(4);
        int[][] sequences = [.. Enumerable.Range(0, 60).Select(_ => Enumerable.Range(0, random.Next(3, 12)).Select(_ => random.Next(1, Items + 1)).ToArray())];
        return TrainingData.Split(SampleSequences.Of(Items, sequences), SequenceValidation.LeaveLastOut, 0, random);
    }
}
