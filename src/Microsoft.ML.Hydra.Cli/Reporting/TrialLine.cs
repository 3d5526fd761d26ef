using System.Globalization;

namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>One trial of a search as a row of a table whose last column wraps.</summary>
internal static class TrialLine
{
    public const string Header = "trial  epochs  val NDCG@10        time  what it changes";

    private const int Indent = 38;
    private const int Narrowest = 30;

    /// <summary>The lines of a finished trial.</summary>
    /// <param name="trial">The trial.</param>
    /// <param name="earlier">Number of the trial that its configuration was promoted from, or null.</param>
    /// <param name="width">Characters a line.</param>
    public static IEnumerable<string> Format(HydraTrial trial, int? earlier, int width)
    {
        string metric = trial.Failure is null ? string.Create(CultureInfo.InvariantCulture, $"{trial.ValidationNdcgAt10:F4}") : "diverged";
        string epochs = string.Create(CultureInfo.InvariantCulture, $"{trial.NumberOfEpochsTrained}/{trial.NumberOfEpochs}");
        string figures = string.Create(
            CultureInfo.InvariantCulture, $"{trial.Number,5}  {epochs,6}  {metric,11}{(trial is { IsBest: true, Failure: null } ? '*' : ' ')} {Durations.Format(trial.Duration),10}  ");
        string[] changes = trial switch
        {
            { Configuration: 0 } => ["nothing: the options to start from"],
            _ when earlier is int number => [string.Create(CultureInfo.InvariantCulture, $"as trial {number}, promoted")],
            _ => Changes(trial),
        };
        return Wrap(changes, Math.Max(width - Indent, Narrowest)).Select((line, i) => (i == 0 ? figures : new string(' ', Indent)) + line);
    }

    /// <summary>Name and value of each option that a trial changes.</summary>
    public static string[] Changes(HydraTrial trial) =>
        [.. trial.Changes.Select(change => $"{change.Key} {Convert.ToString(change.Value, CultureInfo.InvariantCulture) ?? "automatic"}")];

    /// <summary>Lists parts with commas, in lines that are no longer than a width unless one part is.</summary>
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
