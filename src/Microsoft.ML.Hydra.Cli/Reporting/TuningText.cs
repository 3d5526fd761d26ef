using System.CommandLine;
using System.CommandLine.Parsing;
using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>The result of a search for people: the best configuration, its gain, and how to use it.</summary>
internal static class TuningText
{
    private const int Indent = 13;

    public static void Write(IAnsiConsole console, HydraTuningResult result, string configPath, string dataArguments)
    {
        HydraTrial best = result.Best;
        string[] changes = best.Configuration == 0 ? ["the initial options; the search found no better ones"] : TrialLine.Changes(best);
        console.WriteLine();
        console.WriteLine(Invariant($"best         trial {best.Number}, {best.NumberOfEpochs} epochs"));
        foreach (string line in TrialLine.Wrap(changes, console.Profile.Width - Indent))
        {
            console.WriteLine(new string(' ', Indent) + line);
        }

        console.WriteLine(Invariant($"val NDCG@10  {best.ValidationNdcgAt10:F4}{Gain(result)}"));
        TimeSpan time = result.Trials.Aggregate(TimeSpan.Zero, (sum, trial) => sum + trial.Duration);
        console.WriteLine(Invariant($"trials       {result.Trials.Count} finished in {DurationText.Format(time)}; {End(result.End)}"));
        console.WriteLine($"written      {TerminalText.Escape(configPath)}");
        console.WriteLine();
        console.WriteLine("Test it on each user's last item, which the search has not seen, or train on all data:");

        // Not wrapped at the width of the console, so that they can be copied.
        string config = ShellText.Quote(configPath);
        console.Profile.Out.Writer.WriteLine(TerminalText.Escape($"  hydra evaluate {dataArguments} --config {config}"));
        console.Profile.Out.Writer.WriteLine(TerminalText.Escape($"  hydra train {dataArguments} --config {config} --model model.zip"));
    }

    private static string Gain(HydraTuningResult result)
    {
        double before = result.Trials[0].ValidationNdcgAt10;
        string share = before > 0 ? Invariant($", {100 * result.Gain / before:+0.0} %") : string.Empty;
        return result.Gain > 0 ? Invariant($", {result.Gain:+0.0000}{share} over the {before:F4} of the initial options") : string.Empty;
    }

    private static string End(HydraTuningEnd end) => end switch
    {
        HydraTuningEnd.Budget => "the budget is used up; continue with a longer --budget and --resume",
        HydraTuningEnd.MaximumTrials => "continue with more --trials and --resume",
        HydraTuningEnd.SpaceExhausted => "the space holds no other configuration",
        _ => "interrupted; continue with --resume",
    };

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}

/// <summary>Arguments as they are typed in a shell.</summary>
internal static class ShellText
{
    private const string Plain = "-_./:=+";

    /// <summary>The argument, in quotes where it holds a character that the shell of this system may interpret.</summary>
    public static string Quote(string argument) => Quote(argument, OperatingSystem.IsWindows());

    /// <summary>Those of the arguments that were given, to show in another command.</summary>
    public static string Repeat(ParseResult parsed, IEnumerable<Option> options) => string.Join(
        ' ',
        from option in options
        let result = parsed.GetResult(option)
        where result is { Implicit: false }
        select string.Join(' ', [option.Name, .. result.Tokens.Select(token => Quote(token.Value))]));

    /// <summary>The command as it was typed, with arguments more.</summary>
    public static string Command(ParseResult parsed, params string[] more) =>
        string.Join(' ', ["hydra", .. parsed.Tokens.Select(token => Quote(token.Value)).Concat(more)]);

    /// <summary>The argument for a shell of Windows, or of any other system.</summary>
    public static string Quote(string argument, bool windows)
    {
        string plain = windows ? Plain + '\\' : Plain;
        return argument.Length > 0 && argument.All(c => char.IsLetterOrDigit(c) || plain.Contains(c, StringComparison.Ordinal)) ? argument
            : windows ? $"\"{argument}\""    // a path there holds no quote
            : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }
}
