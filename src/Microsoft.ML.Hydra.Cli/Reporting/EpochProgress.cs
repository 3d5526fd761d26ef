using System.Globalization;
using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>One line for each epoch, and below them a moving bar where the console can animate one.</summary>
internal sealed class EpochProgress(IAnsiConsole console, bool animate) : IProgress<EpochMetrics>
{
    private readonly List<EpochMetrics> _epochs = [];
    private ProgressTask? _bar;

    /// <summary>The epochs reported so far.</summary>
    public IReadOnlyList<EpochMetrics> Epochs => _epochs;

    /// <summary>Runs the training and shows what it reports.</summary>
    public TResult Run<TResult>(int numberOfEpochs, Func<IProgress<EpochMetrics>, TResult> train)
    {
        if (!animate)
        {
            return train(this);
        }

        return console.Progress()
            .AutoClear(true)
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
            .Start(context =>
            {
                _bar = context.AddTask("training", maxValue: numberOfEpochs);
                _bar.IsIndeterminate = true;
                return train(this);
            });
    }

    public void Report(EpochMetrics value)
    {
        _epochs.Add(value);
        console.WriteLine(EpochLine.Format(value));
        if (_bar is not null)
        {
            _bar.IsIndeterminate = false;
            _bar.Value = value.Epoch;
            _bar.Description = $"training, {DurationText.Format(value.Remaining)} left";
        }
    }
}

/// <summary>One epoch on one line.</summary>
internal static class EpochLine
{
    public static string Format(EpochMetrics epoch)
    {
        string validation = double.IsNaN(epoch.ValidationNdcgAt10)
            ? string.Empty
            : string.Create(CultureInfo.InvariantCulture, $"  val NDCG@10 {epoch.ValidationNdcgAt10:F4}{(epoch.IsBest ? "*" : " ")}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {epoch.Epoch,3}/{epoch.NumberOfEpochs}  loss {epoch.Loss:F4}{validation}  {epoch.SequencesPerSecond,8:N0} seq/s  {DurationText.Format(epoch.Remaining)} left");
    }
}
