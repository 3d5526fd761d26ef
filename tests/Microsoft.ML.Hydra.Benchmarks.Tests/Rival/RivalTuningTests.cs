using System.Globalization;
using Microsoft.ML.Hydra.Benchmarks.Rival;
using Xunit;

namespace Microsoft.ML.Hydra.Benchmarks.Tests.Rival;

public sealed class RivalTuningTests
{
    private readonly MLContext _mlContext = new();

    [Fact]
    public void Finds_options_that_the_first_trial_does_not_have()
    {
        using var output = new StringWriter();

        // This rate learns nothing in three epochs, and no trial of the space has such a low rate
        RivalOptions best = RivalTuning.Run(_mlContext, Rules.View(_mlContext, Rules.Histories()), Rules.Options("LearningRate=0.00001", "NumberOfEpochs=3"), RivalTuning.DefaultSpace, trials: 4, output);

        Assert.InRange(best.Training.LearningRate!.Value, 0.001, 0.01);
        double[] ndcg = Array.ConvertAll(Ndcg(output), text => double.Parse(text, CultureInfo.InvariantCulture));
        Assert.Equal(4, ndcg.Length);
        Assert.True(ndcg.Max() > 2 * ndcg[0], output.ToString());
    }

    [Fact]
    public void The_last_items_are_not_read()
    {
        int[][] changed = [.. Rules.Histories().Select((history, i) => (int[])[.. history[..^1], (i % Rules.Items) + 1])];
        using StringWriter first = new(), second = new(), third = new();

        RivalTuning.Run(_mlContext, Rules.View(_mlContext, Rules.Histories()), Rules.Options("NumberOfEpochs=2"), RivalTuning.DefaultSpace, trials: 3, first);
        RivalTuning.Run(_mlContext, Rules.View(_mlContext, changed), Rules.Options("NumberOfEpochs=2"), RivalTuning.DefaultSpace, trials: 3, second);
        RivalTuning.Run(_mlContext, Rules.View(_mlContext, [.. changed.Select(history => history[..^1])]), Rules.Options("NumberOfEpochs=2"), RivalTuning.DefaultSpace, trials: 3, third);

        Assert.Equal(3, Ndcg(first).Length);
        Assert.Equal(Ndcg(first), Ndcg(second));
        Assert.NotEqual(Ndcg(first), Ndcg(third));
    }

    [Fact]
    public void Its_space_is_Hydras_without_options_that_a_SasRec_does_not_have()
    {
        Assert.Equal(
            HydraSearchSpace.Default.OptionNames.Except(["NumberOfLatentHeads", "StateDimension"]), RivalTuning.DefaultSpace.OptionNames);
        Assert.All(RivalTuning.DefaultSpace.OptionNames, name => Assert.Contains(name, Rules.Options().ToJson().Select(option => option.Key)));
    }

    [Fact]
    public void Only_the_options_of_a_given_space_are_searched()
    {
        HydraSearchSpace space = new HydraSearchSpace().WithChoices("DropoutRate", 0.1, 0.3);
        using var output = new StringWriter();

        RivalOptions best = RivalTuning.Run(_mlContext, Rules.View(_mlContext, Rules.Histories()), Rules.Options("NumberOfEpochs=2"), space, trials: 3, output);

        Assert.Contains("DropoutRate 0.", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(Rules.Options().Training.LearningRate, best.Training.LearningRate);
        Assert.DoesNotContain("LearningRate", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_space_with_an_option_that_a_SasRec_does_not_have_is_refused()
    {
        HydraSearchSpace space = new HydraSearchSpace().WithChoices("StateDimension", 16, 32);

        var error = Assert.Throws<ArgumentException>(
            () => RivalTuning.Run(_mlContext, Rules.View(_mlContext, Rules.Histories()), Rules.Options(), space, trials: 2, TextWriter.Null));

        Assert.Contains("StateDimension", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Heads_that_do_not_divide_a_width_of_the_space_are_refused()
    {
        HydraSearchSpace space = new HydraSearchSpace().WithChoices("EmbeddingDimension", 32);

        var error = Assert.Throws<ArgumentException>(() => RivalTuning.Run(
            _mlContext, Rules.View(_mlContext, Rules.Histories()), Rules.Options("EmbeddingDimension=24", "NumberOfHeads=3", "NumberOfEpochs=2"), space, trials: 2, TextWriter.Null));

        Assert.Contains("NumberOfHeads is 3", error.Message, StringComparison.Ordinal);
    }

    // NDCG@10 of each trial as printed
    private static string[] Ndcg(StringWriter output) =>
    [
        .. output.ToString().Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(cells => cells.Length > 3 && int.TryParse(cells[0], CultureInfo.InvariantCulture, out _)).Select(cells => cells[2].TrimEnd('*')),
    ];
}
