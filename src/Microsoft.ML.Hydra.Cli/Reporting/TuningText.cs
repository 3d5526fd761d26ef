using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>The end of a search for people: what was found, what it gained, and how to use it.</summary>
internal static class TuningText
{
    private const int Indent = 13;

    public static void Write(IAnsiConsole console, HydraTuningResult result, string configPath, string dataArguments)
    {
        HydraTrial best = result.Best;
        string[] changes = best.Configuration == 0 ? ["the options to start from; the search found none better"] : TrialLine.Changes(best);
        console.WriteLine();
        console.WriteLine(Invariant($"best         trial {best.Number}, {best.NumberOfEpochs} epochs"));
        foreach (string line in TrialLine.Wrap(changes, console.Profile.Width - Indent))
        {
            console.WriteLine(new string(' ', Indent) + line);
        }

        console.WriteLine(Invariant($"val NDCG@10  {best.ValidationNdcgAt10:F4}{Gain(result)}"));
        TimeSpan time = result.Trials.Aggregate(TimeSpan.Zero, (sum, trial) => sum + trial.Duration);
        console.WriteLine(Invariant($"trials       {result.Trials.Count} finished in {Durations.Format(time)}; {End(result.End)}"));
        console.WriteLine(Invariant($"written      {configPath}"));
        console.WriteLine();
        console.WriteLine("Test it on each user's last item, which the search has not seen, or train on everything:");

        // Not broken into lines at the console's width, so that they can be copied.
        string config = ShellText.Quote(configPath);
        console.Profile.Out.Writer.WriteLine($"  hydra evaluate {dataArguments} --config {config}");
        console.Profile.Out.Writer.WriteLine($"  hydra train {dataArguments} --config {config} --model model.zip");
    }

    private static string Gain(HydraTuningResult result)
    {
        double before = result.Trials[0].ValidationNdcgAt10;
        string share = before > 0 ? Invariant($", {100 * result.Gain / before:+0.0} %") : string.Empty;
        return result.Gain > 0 ? Invariant($", {result.Gain:+0.0000}{share} on the {before:F4} of the options to start from") : string.Empty;
    }

    private static string End(HydraTuningEnd end) => end switch
    {
        HydraTuningEnd.Budget => "the time is spent, a longer --budget with --resume goes on from here",
        HydraTuningEnd.MaximumTrials => "more --trials with --resume go on from here",
        HydraTuningEnd.SpaceExhausted => "the space holds no other configuration",
        _ => "interrupted, --resume goes on from here",
    };

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
