using Microsoft.ML.Hydra.Cli.Reporting;
using Spectre.Console;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Reporting;

public sealed class EpochProgressTests
{
    [Fact]
    public void Each_epoch_is_one_plain_line_without_animation()
    {
        using var output = new StringWriter();
        var progress = new EpochProgress(Terminal.Create(output), animate: false);

        int result = progress.Run(2, report =>
        {
            report.Report(Epoch(1, 0.1234));
            report.Report(Epoch(2, double.NaN));
            return 42;
        });

        Assert.Equal(42, result);
        Assert.Equal(2, progress.Epochs.Count);
        string[] lines = output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("epoch   1/2  loss 5.5000  val NDCG@10 0.1234*     1,234 seq/s  1 min 05 s left", lines[0]);
        Assert.Equal("epoch   2/2  loss 5.5000     1,234 seq/s  1 min 05 s left", lines[1]);
    }

    [Fact]
    public void Animated_training_returns_its_result_and_still_writes_the_lines()
    {
        using var output = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(output),
        });
        var progress = new EpochProgress(console, animate: true);

        Assert.Equal("done", progress.Run(1, report =>
        {
            report.Report(Epoch(1, 0.5));
            return "done";
        }));
        Assert.Contains("val NDCG@10 0.5000", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_exception_of_the_training_passes_through_the_animation()
    {
        using var output = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(output),
        });

        Assert.Throws<OperationCanceledException>(
            () => new EpochProgress(console, animate: true).Run<int>(1, _ => throw new OperationCanceledException()));
    }

    private static EpochMetrics Epoch(int epoch, double validation) =>
        new(epoch, 2, 5.5, validation, IsBest: true, 1234.4, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(65));
}
