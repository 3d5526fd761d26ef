using Microsoft.ML.Hydra.Cli.Input;
using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>What was read from a file, for people.</summary>
internal static class ReadingText
{
    public static void Write(IAnsiConsole console, ErrorConsole errors, Interactions interactions, InteractionReport report)
    {
        foreach (string line in Lines(interactions, report))
        {
            console.WriteLine(Printable(line));
        }

        foreach (string warning in report.Warnings)
        {
            errors.WriteWarning(Printable(warning));
        }
    }

    /// <summary>The file, its columns and the counts.</summary>
    public static IEnumerable<string> Lines(Interactions interactions, InteractionReport report)
    {
        TableFile file = interactions.File;
        string guess = file.IsSeparatorGuessed ? " (guessed; --separator sets it)" : string.Empty;
        string time = interactions.TimestampColumn is string name ? $"time '{name}'"
            : file.HasHeader && interactions.OtherColumns.Count > 0
            ? $"no time: none of {string.Join(", ", interactions.OtherColumns.Select(other => $"'{other}'"))} is a usual name; --timestamp-column sets it"
            : file.HasHeader ? "no time"
            : "no time: --timestamp-column sets it";
        yield return $"Read {file.Path}: separator {FileFormat.NameOf(file.Separator)}{guess}; user '{interactions.UserColumn}', item '{interactions.ItemColumn}', {time}";
        foreach (string line in report.ToString().Split('\n'))
        {
            yield return line;
        }
    }

    // Names in a header may hold control characters.
    public static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c));
}
