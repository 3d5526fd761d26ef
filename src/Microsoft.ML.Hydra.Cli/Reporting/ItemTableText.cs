using System.Globalization;
using Microsoft.ML.Hydra.Cli.Input;
using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>What was read from a file of items, for people.</summary>
internal static class ItemTableText
{
    public static void Write(IAnsiConsole console, ErrorConsole errors, ItemTable table)
    {
        console.WriteLine(ReadingText.Printable(Line(table)));
        if (table.RowsWithoutId > 0)
        {
            errors.WriteWarning(ReadingText.Printable(FormattableString.Invariant(
                $"Skipped {Count(table.RowsWithoutId, "row", "rows")} of the {table.File.Name} without an item in the column '{table.IdColumn}'.")));
        }

        foreach (string hint in table.Hints)
        {
            errors.WriteWarning(ReadingText.Printable(hint));
        }
    }

    /// <summary>The file, its items and its columns.</summary>
    public static string Line(ItemTable table)
    {
        var parts = new List<string>
        {
            $"Read {table.File.Path}: separator {FileFormat.NameOf(table.File.Separator)}{(table.File.IsSeparatorGuessed ? $" (guessed; {table.File.Name.Kind.SeparatorArgument} sets it)" : string.Empty)}",
            $"{Count(table.NumberOfItems, "item", "items")} ('{table.IdColumn}')",
        };
        if (table.WordColumns.Count > 0)
        {
            parts.Add($"words from {ColumnNames.List(table.WordColumns)}");
        }

        if (table.NumberColumns.Count > 0)
        {
            parts.Add($"numbers from {ColumnNames.List(table.NumberColumns)}{(table.EmptyNumbers > 0 ? $", {Count(table.EmptyNumbers, "empty cell", "empty cells")}" : string.Empty)}");
        }

        if (table.LeftOut.Count > 0)
        {
            parts.Add($"left out {ColumnNames.List(table.LeftOut)}");
        }

        if (table.ItemsWithoutAny > 0)
        {
            parts.Add($"{Count(table.ItemsWithoutAny, "item", "items")} without any word or number");
        }

        return string.Join("; ", parts);
    }

    /// <summary>How many items of the histories the file has not; nothing where it has all.</summary>
    public static void WriteCoverage(IAnsiConsole console, ItemTable table, ItemCoverage coverage)
    {
        if (coverage.Missing > 0)
        {
            console.WriteLine(ReadingText.Printable(FormattableString.Invariant(
                $"Of the {coverage.Items:N0} items of --data {coverage.Missing:N0} are not in {table.File.Path}; nothing is known of them but their events.")));
        }
    }

    private static string Count(long count, string one, string many) =>
        count == 1 ? $"1 {one}" : $"{count.ToString("N0", CultureInfo.InvariantCulture)} {many}";
}
