using System.Globalization;
using Microsoft.ML.Hydra.Benchmarks.Rival;
using Microsoft.ML.Hydra.Cli;
using Xunit;

namespace Microsoft.ML.Hydra.Benchmarks.Tests.Rival;

public sealed class RivalTuningTests
{
    private readonly MLContext _mlContext = new();

    [Fact]
    public void Finds_options_that_the_first_trial_does_not_have()
    {
        using var output = new StringWriter();

        // At this rate nothing is learned in three epochs, and no trial of the space has one as low
        RivalOptions best = RivalTuning.Run(_mlContext, View(), Rules.Options("LearningRate=0.00001", "NumberOfEpochs=3"), trials: 4, output);

        Assert.InRange(best.Training.LearningRate, 0.001, 0.01);
        string[] lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("nothing: the options to start from", output.ToString(), StringComparison.Ordinal);
        double first = Rate(lines.First(line => line.Contains("3/3", StringComparison.Ordinal)));
        Assert.True(lines.Where(line => line.Contains('*', StringComparison.Ordinal)).Max(Rate) > 2 * first, output.ToString());
    }

    [Fact]
    public void The_last_items_are_not_read()
    {
        RivalOptions options = Rules.Options("NumberOfEpochs=2");
        string Search(IDataView sequences) => RivalTuning.Run(_mlContext, sequences, options, trials: 3, TextWriter.Null).ToJson().ToString();

        Assert.Equal(Search(View()), Search(View(last: 1)));
    }

    [Fact]
    public void Its_space_is_Hydras_without_what_a_SasRec_lacks()
    {
        Assert.Equal(
            HydraSearchSpace.Default.OptionNames.Except(["NumberOfLatentHeads", "StateDimension"]), RivalTuning.Space.OptionNames);
        Assert.All(RivalTuning.Space.OptionNames, name => Assert.Contains(name, Rules.Options().ToJson().Select(option => option.Key)));
    }

    private static double Rate(string line) =>
        double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2].TrimEnd('*'), CultureInfo.InvariantCulture);

    private IDataView View(int? last = null) => _mlContext.Data.LoadFromEnumerable(
        Rules.Histories().Select(history => new Row
        {
            Items = Array.ConvertAll(last is int item ? [.. history[..^1], item] : history, id => id.ToString(CultureInfo.InvariantCulture)),
        }).ToArray());

    private sealed class Row
    {
        public string[] Items { get; set; } = [];
    }
}
