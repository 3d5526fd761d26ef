using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>A row a finished trial, and below the rows the trial in progress where the console can animate it.</summary>
internal sealed class TuningProgress(IAnsiConsole console, bool animate, TimeSpan? budget) : IProgress<HydraTrial>, IProgress<EpochMetrics>
{
    private readonly Dictionary<int, int> _firstTrials = [];
    private readonly Stopwatch _watch = new();
    private TimeSpan _spentBefore;
    private ProgressTask? _bar;
    private int _trial;

    /// <summary>Runs the search and shows what it reports.</summary>
    public TResult Run<TResult>(Func<TResult> search)
    {
        _watch.Start();
        if (!animate)
        {
            return search();
        }

        return console.Progress()
            .AutoClear(true)
            .Columns(
                new SpinnerColumn(), new TaskDescriptionColumn(), new ProgressBarColumn(), new TimeLeftColumn(() => budget - _spentBefore - _watch.Elapsed))
            .Start(context =>
            {
                _bar = context.AddTask("reading the data");
                _bar.IsIndeterminate = true;
                return search();
            });
    }

    public void Report(HydraTrial value)
    {
        if (value.IsFinished)
        {
            Write(value);
            return;
        }

        _trial = value.Number;
        if (_bar is not null)
        {
            (_bar.IsIndeterminate, _bar.MaxValue, _bar.Value) = (false, value.NumberOfEpochs, 0);
            Describe(0, value.NumberOfEpochs);
        }
    }

    public void Report(EpochMetrics value)
    {
        if (_bar is not null)
        {
            _bar.Value = value.Epoch;
            Describe(value.Epoch, value.NumberOfEpochs);
        }
    }

    private void Write(HydraTrial trial)
    {
        if (trial.Number == 1)
        {
            console.WriteLine(TrialLine.Header);
        }

        // Those of the journal come before the first that starts.
        _spentBefore += _trial > 0 ? TimeSpan.Zero : trial.Duration;
        int? earlier = _firstTrials.TryGetValue(trial.Configuration, out int first) ? first : null;
        _firstTrials.TryAdd(trial.Configuration, trial.Number);
        foreach (string line in TrialLine.Format(trial, earlier, console.Profile.Width))
        {
            console.WriteLine(line);
        }
    }

    private void Describe(int epoch, int epochs) =>
        _bar!.Description = string.Create(CultureInfo.InvariantCulture, $"trial {_trial}, epoch {epoch}/{epochs}");
}
