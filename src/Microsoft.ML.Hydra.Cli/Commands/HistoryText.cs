using System.Text;

namespace Microsoft.ML.Hydra.Cli.Commands;

/// <summary>The ids of <c>--history</c>: one line of csv, in which quotes enclose an id with a comma.</summary>
internal static class HistoryText
{
    private static readonly ListText s_list = new("--history", "id", "write an id with a comma as in --history '\"Mug, large\",Cup'");

    /// <summary>The ids in order. White space around an id and empty ids are left out; within quotes everything counts, and two quotes are one.</summary>
    /// <exception cref="UserErrorException">A quote is not closed, or text follows it.</exception>
    public static string[] Parse(string text) => s_list.Parse(text);

    /// <summary>What to say when ids are unknown because an id with a comma was not quoted; null for another reason.</summary>
    /// <param name="text">The history as it was given.</param>
    /// <param name="known">The ids of the model.</param>
    /// <param name="unknown">The ids that are not among them.</param>
    public static string? HintAtQuotes(string text, IReadOnlySet<string> known, IEnumerable<string> unknown) =>
        known.FirstOrDefault(id => id.Contains(',', StringComparison.Ordinal) && text.Contains(id, StringComparison.Ordinal)
                && unknown.Any(part => id.Contains(part, StringComparison.Ordinal))) is string whole
            ? $"The model knows '{whole}': {s_list.Example}."
            : null;
}

/// <summary>A list in an argument: one line of csv.</summary>
/// <param name="Argument">The argument.</param>
/// <param name="Entry">What one entry is.</param>
/// <param name="Example">What to do about an entry with a comma, for the end of a sentence.</param>
internal sealed record ListText(string Argument, string Entry, string Example)
{
    /// <summary>The entries in order. White space around an entry and empty entries are left out; within quotes everything counts, and two quotes are one.</summary>
    /// <exception cref="UserErrorException">A quote is not closed, or text follows it.</exception>
    public string[] Parse(string text)
    {
        var entries = new List<string>();
        int at = 0;
        while (at <= text.Length)
        {
            string entry = IsQuoted(text, ref at) ? Quoted(text, ref at) : Plain(text, ref at);
            if (entry.Length > 0)
            {
                entries.Add(entry);
            }

            at++;    // the comma
        }

        return [.. entries];
    }

    private static bool IsQuoted(string text, ref int at)
    {
        int start = at;
        while (start < text.Length && char.IsWhiteSpace(text[start]))
        {
            start++;
        }

        if (start == text.Length || text[start] != '"')
        {
            return false;
        }

        at = start;
        return true;
    }

    private static string Plain(string text, ref int at)
    {
        int start = at;
        at = text.IndexOf(',', start) is int comma and >= 0 ? comma : text.Length;
        return text[start..at].Trim();
    }

    private string Quoted(string text, ref int at)
    {
        int start = at;
        var entry = new StringBuilder();
        for (at++; at < text.Length; at++)
        {
            if (text[at] != '"')
            {
                entry.Append(text[at]);
            }
            else if (at + 1 < text.Length && text[at + 1] == '"')
            {
                entry.Append(text[++at]);
            }
            else
            {
                string after = Plain(text, ref at)[1..].Trim();
                return after.Length == 0
                    ? entry.ToString()
                    : throw new UserErrorException($"{Argument} has '{after}' after the quoted {Entry} '{entry}'; expected a comma: {Example}.");
            }
        }

        throw new UserErrorException($"{Argument} has a quote that is not closed, in '{text[start..]}'; {Example}.");
    }
}
