using Microsoft.ML.Hydra.Cli.Reporting;
using Spectre.Console;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Reporting;

public sealed class TuningProgressTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_trial_is_a_row_below_the_header(bool animate)
    {
        using var output = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = animate ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = animate ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = 100;
        var progress = new TuningProgress(console, animate, TimeSpan.FromMinutes(5));

        HydraTuningResult result = progress.Run(() => Tune(progress));

        string text = output.ToString();
        Assert.Equal(4, result.Trials.Count);
        Assert.Contains(TrialLine.Header, text, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"    1     2/2       {result.Trials[0].ValidationNdcgAt10:F4}*"), text, StringComparison.Ordinal);
        Assert.Contains("nothing: the initial options", text, StringComparison.Ordinal);
        Assert.Contains($"LearningRate {FormattableString.Invariant($"{result.Trials[1].Changes[0].Value}")}, NumberOfLayers 2", text, StringComparison.Ordinal);
        Assert.Matches("    4     2/2 .* as trial [23], promoted", text);
        Assert.Equal(animate, text.Contains("trial 4, epoch", StringComparison.Ordinal));
    }

    private static HydraTuningResult Tune(TuningProgress progress)
    {
        var mlContext = new MLContext();
        var options = new HydraTuningOptions
        {
            MaximumTrials = 4,
            MinimumEpochs = 1,
            ReductionFactor = 2,
            Progress = progress,
            TrainerOptions = new()
            {
                Seed = 1,
                NumberOfEpochs = 2,
                EmbeddingDimension = 16,
                NumberOfLayers = 1,
                NumberOfLatentHeads = 2,
                InnerHeadDimension = 8,
                Progress = progress,
            },
        };
        IDataView data = mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 20).Select(i => new { Items = new[] { $"a{i % 5}", "b", $"c{i % 3}", "d" } }));
        HydraSearchSpace space = new HydraSearchSpace().WithLogUniform("LearningRate", 0.001, 0.01).WithChoices("NumberOfLayers", 2);
        return mlContext.SequenceRecommendation().Tune(data, space, options);
    }
}
