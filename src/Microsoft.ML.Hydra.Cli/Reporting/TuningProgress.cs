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
    private bool _hasStarted;
    private ProgressTask? _bar;
    private string _current = "reading the data";

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
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
            .Start(context =>
            {
                _bar = context.AddTask(_current);
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

        _hasStarted = true;
        _current = string.Create(CultureInfo.InvariantCulture, $"trial {value.Number}");
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
        _spentBefore += _hasStarted ? TimeSpan.Zero : trial.Duration;
        int? earlier = _firstTrials.TryGetValue(trial.Configuration, out int first) ? first : null;
        _firstTrials.TryAdd(trial.Configuration, trial.Number);
        foreach (string line in TrialLine.Format(trial, earlier, console.Profile.Width))
        {
            console.WriteLine(line);
        }
    }

    private void Describe(int epoch, int epochs)
    {
        TimeSpan? left = budget - _spentBefore - _watch.Elapsed;
        string time = left is TimeSpan some ? $", {Durations.Format(some > TimeSpan.Zero ? some : TimeSpan.Zero)} left" : string.Empty;
        _bar!.Description = string.Create(CultureInfo.InvariantCulture, $"{_current}, epoch {epoch}/{epochs}{time}");
    }
}
