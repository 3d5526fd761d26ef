using System.Text;

namespace Microsoft.ML.Hydra.Cli.Commands;

/// <summary>The ids of <c>--history</c>: one line of csv, in which quotes enclose an id with a comma.</summary>
internal static class HistoryText
{
    private const string Example = "write an id with a comma as in --history '\"Mug, large\",Cup'";

    /// <summary>The ids in order. White space around an id and empty ids are left out; within quotes everything counts, and two quotes are one.</summary>
    /// <exception cref="UserErrorException">A quote is not closed, or text follows it.</exception>
    public static string[] Parse(string text)
    {
        var ids = new List<string>();
        int at = 0;
        while (at <= text.Length)
        {
            string id = IsQuoted(text, ref at) ? Quoted(text, ref at) : Plain(text, ref at);
            if (id.Length > 0)
            {
                ids.Add(id);
            }

            at++;    // the comma
        }

        return [.. ids];
    }

    /// <summary>What to say when ids are unknown because an id with a comma was not quoted; null for another reason.</summary>
    /// <param name="text">The history as it was given.</param>
    /// <param name="known">The ids of the model.</param>
    /// <param name="unknown">The ids that are not among them.</param>
    public static string? HintAtQuotes(string text, IReadOnlySet<string> known, IEnumerable<string> unknown) =>
        known.FirstOrDefault(id => id.Contains(',', StringComparison.Ordinal) && text.Contains(id, StringComparison.Ordinal)
                && unknown.Any(part => id.Contains(part, StringComparison.Ordinal))) is string whole
            ? $"The model knows '{whole}': {Example}."
            : null;

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

    private static string Quoted(string text, ref int at)
    {
        int start = at;
        var id = new StringBuilder();
        for (at++; at < text.Length; at++)
        {
            if (text[at] != '"')
            {
                id.Append(text[at]);
            }
            else if (at + 1 < text.Length && text[at + 1] == '"')
            {
                id.Append(text[++at]);
            }
            else
            {
                string after = Plain(text, ref at)[1..].Trim();
                return after.Length == 0
                    ? id.ToString()
                    : throw new UserErrorException($"--history has '{after}' after the quoted id '{id}'; expected a comma: {Example}.");
            }
        }

        throw new UserErrorException($"--history has a quote that is not closed, in '{text[start..]}'; {Example}.");
    }
}
