using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Scoring;
using Microsoft.ML.Hydra.Tests.Architecture;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Documentation;

/// <summary>Holds README.md to the code.</summary>
public sealed class ReadmeTests
{
    [SkippableFact]
    public void It_has_at_most_200_lines() => Assert.InRange(Markdown.Read("README.md").Count('\n'), 1, 200);

    [SkippableFact]
    public void The_options_table_has_every_option_with_its_default()
    {
        var defaults = new HydraSequenceRecommendationTrainer.Options();
        string[] actual =
        [
            .. typeof(HydraSequenceRecommendationTrainer.Options).GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Select(property => $"{property.Name} = {Text(property.GetValue(defaults))}"),
        ];

        string[] documented = [.. Rows("Options").Select(cells => $"{cells[0]} = {cells[1]}")];

        Assert.Equal(actual, documented);
    }

    [SkippableFact]
    public void The_options_outside_of_their_documented_range_are_refused()
    {
        (string Option, double Value)[] outside = [.. Rows("Options").SelectMany(cells => JustOutside(cells[2]).Select(value => (cells[0], value)))];

        Assert.True(outside.Length > 40, $"Only {outside.Length} bounds were found in the table.");
        Assert.All(outside, bound =>
        {
            var options = new HydraSequenceRecommendationTrainer.Options();
            PropertyInfo property = options.GetType().GetProperty(bound.Option)!;
            property.SetValue(options, Convert.ChangeType(bound.Value, Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType, CultureInfo.InvariantCulture));
            Assert.Equal(bound.Option, Assert.ThrowsAny<ArgumentException>(() => OptionRanges.Check(options)).ParamName);
        });
    }

    [SkippableFact]
    public void The_table_of_output_columns_has_every_column() =>
        Assert.Equal(
            [RecommendationColumns.PredictedItems, RecommendationColumns.Score, RecommendationColumns.LabelRank, RecommendationColumns.CatalogScores],
            Rows("Output columns").Select(cells => cells[0]));

    [SkippableFact]
    public void The_versions_are_those_that_are_restored()
    {
        XElement packages = XElement.Load(Path.Combine(Sources.Repository(), "Directory.Packages.props"));
        string torchSharp = packages.Descendants("TorchSharpVersion").Single().Value;
        string section = Section("Versions");

        Assert.Contains($"| Microsoft.ML | {packages.Descendants("MicrosoftMLVersion").Single().Value} |", section, StringComparison.Ordinal);
        Assert.Contains($"| TorchSharp | {torchSharp}, ", section, StringComparison.Ordinal);
        Assert.All(
            ["README.md", "nuget/README.md"],
            page => Assert.Contains($"dotnet add package TorchSharp-cpu --version {torchSharp} ", Markdown.Read(page), StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Continuous_integration_runs_the_two_commands()
    {
        string readme = Markdown.Read("README.md");
        string script = Markdown.Read(".ci/run");

        Assert.All(
            ["dotnet test Microsoft.ML.Hydra.sln -c Release", "dotnet run -c Release --project samples/GettingStarted"],
            command =>
            {
                Assert.Contains(command + "\n", readme, StringComparison.Ordinal);
                Assert.Contains(command + " ", script, StringComparison.Ordinal);
            });
    }

    // The cells of the rows whose first cell is code, without its marks
    private static IEnumerable<string[]> Rows(string section) =>
        from line in Section(section).Split('\n')
        where line.StartsWith("| `", StringComparison.Ordinal)
        select line.Trim('|').Split('|').Select(cell => cell.Trim().Trim('`')).ToArray();

    private static string Section(string title)
    {
        Match match = Regex.Match(Markdown.Read("README.md"), $@"^## {Regex.Escape(title)}\n(.*?)(?=^## |\z)", RegexOptions.Multiline | RegexOptions.Singleline);
        Assert.True(match.Success, $"README.md has no section \"{title}\".");
        return match.Groups[1].Value;
    }

    // The nearest whole numbers that a range such as "1 to 4096", "0 to below 1", "at least 0" or "above 0" leaves out
    private static double[] JustOutside(string range)
    {
        double[] bounds = [.. Regex.Matches(range, @"\b\d[\d,]*").Select(m => double.Parse(m.Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture))];
        return bounds switch
        {
            [var lowest, var limit] when range.Contains("below", StringComparison.Ordinal) => [lowest - 1, limit],
            [var lowest, var highest] => [lowest - 1, highest + 1],
            [var limit] when range.StartsWith("above", StringComparison.Ordinal) => [limit],
            [var lowest] => [lowest - 1],
            _ => [],
        };
    }

    private static string Text(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        CancellationToken => "none",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };
}
