using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Hydra.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>One row for each finished trial, and below them the trial in progress where the console can animate it.</summary>
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

        // The trials of the journal are reported before the first one starts.
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

/// <summary>One trial of a search as a row of a table whose last column wraps.</summary>
internal static class TrialLine
{
    public const string Header = "trial  epochs  val NDCG@10        time  what it changes";

    private const int Indent = 38;
    private const int Narrowest = 30;

    /// <summary>The lines of a finished trial.</summary>
    /// <param name="trial">The trial.</param>
    /// <param name="earlier">Number of the trial that its configuration was promoted from, or null.</param>
    /// <param name="width">Characters per line.</param>
    public static IEnumerable<string> Format(HydraTrial trial, int? earlier, int width)
    {
        string metric = trial.Failure is null ? string.Create(CultureInfo.InvariantCulture, $"{trial.ValidationNdcgAt10:F4}") : "diverged";
        string epochs = string.Create(CultureInfo.InvariantCulture, $"{trial.NumberOfEpochsTrained}/{trial.NumberOfEpochs}");
        string figures = string.Create(
            CultureInfo.InvariantCulture, $"{trial.Number,5}  {epochs,6}  {metric,11}{(trial is { IsBest: true, Failure: null } ? '*' : ' ')} {DurationText.Format(trial.Duration),10}  ");
        string[] changes = trial switch
        {
            { Configuration: 0 } => ["nothing: the initial options"],
            _ when earlier is int number => [string.Create(CultureInfo.InvariantCulture, $"as trial {number}, promoted")],
            _ => Changes(trial),
        };
        return Wrap(changes, Math.Max(width - Indent, Narrowest)).Select((line, i) => (i == 0 ? figures : new string(' ', Indent)) + line);
    }

    /// <summary>Name and value of each option that a trial changes.</summary>
    public static string[] Changes(HydraTrial trial) =>
        [.. trial.Changes.Select(change => $"{change.Key} {Convert.ToString(change.Value, CultureInfo.InvariantCulture) ?? "automatic"}")];

    /// <summary>Joins parts with commas, in lines of at most a width unless one part alone is longer.</summary>
    public static IEnumerable<string> Wrap(IReadOnlyList<string> parts, int width)
    {
        string line = string.Empty;
        for (int i = 0; i < parts.Count; i++)
        {
            string part = parts[i] + (i < parts.Count - 1 ? "," : string.Empty);
            if (line.Length > 0 && line.Length + 1 + part.Length > width)
            {
                yield return line;
                line = string.Empty;
            }

            line += line.Length > 0 ? " " + part : part;
        }

        yield return line;
    }
}

/// <summary>The time that is left of a budget; empty without a budget.</summary>
internal sealed class TimeLeftColumn(Func<TimeSpan?> left) : ProgressColumn
{
    protected override bool NoWrap => true;

    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
        new Spectre.Console.Text(left() is TimeSpan time ? $"{DurationText.Format(time > TimeSpan.Zero ? time : TimeSpan.Zero)} left" : string.Empty);
}

/// <summary>One line for each pass of the tuning of a language model.</summary>
internal sealed class PassProgress(IAnsiConsole console, int numberOfPasses) : IProgress<TextTuningPass>
{
    public void Report(TextTuningPass value) => console.WriteLine(Format(value, numberOfPasses));

    /// <summary>The line of a pass; pass 0 is the language model as it is.</summary>
    public static string Format(TextTuningPass pass, int numberOfPasses)
    {
        string validation = double.IsNaN(pass.ValidationNdcgAt10)
            ? string.Empty
            : string.Create(CultureInfo.InvariantCulture, $"  val NDCG@10 {pass.ValidationNdcgAt10:F4}{(pass.IsBest ? "*" : " ")}");
        string loss = pass.Pass == 0
            ? "as it is   "
            : string.Create(CultureInfo.InvariantCulture, $"loss {pass.Loss:F4}");
        return string.Create(
            CultureInfo.InvariantCulture, $"pass {pass.Pass,3}/{numberOfPasses}  {loss}{validation}  temperature {pass.Temperature:F3}  {DurationText.Format(pass.Elapsed)}");
    }
}
