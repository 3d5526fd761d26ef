namespace Microsoft.ML.Hydra.Cli.Binding;

/// <summary>Finds what somebody may have meant by a name that does not exist.</summary>
internal static class NearestNames
{
    /// <summary>The three names with the fewest edits; names that contain the text, or lie in it, come first.</summary>
    public static IReadOnlyList<string> Find(string text, IEnumerable<string> names) =>
    [
        .. names
            .OrderBy(name => Contains(name, text) || Contains(text, name) ? 0 : 1)
            .ThenBy(name => EditDistance(name.ToUpperInvariant(), text.ToUpperInvariant()))
            .ThenBy(name => name, StringComparer.Ordinal)
            .Take(3),
    ];

    private static bool Contains(string name, string part) =>
        part.Length > 2 && name.Contains(part, StringComparison.OrdinalIgnoreCase);

    /// <summary>Levenshtein's distance: insertions, deletions and replacements of one letter.</summary>
    private static int EditDistance(string first, string second)
    {
        int[] row = [.. Enumerable.Range(0, second.Length + 1)];
        for (int i = 1; i <= first.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= second.Length; j++)
            {
                int replaced = diagonal + (first[i - 1] == second[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[^1];
    }
}
