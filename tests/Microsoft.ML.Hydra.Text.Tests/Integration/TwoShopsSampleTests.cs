using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.ML.Hydra.Tests.Integration;
using Xunit;

namespace Microsoft.ML.Hydra.Text.Tests.Integration;

/// <summary>The sample of two shops: what is tuned, what is alike afterwards, and that new products are recommended from their texts alone.</summary>
public sealed partial class TwoShopsSampleTests
{
    [Fact]
    public void One_tuned_language_model_serves_both_shops_and_their_new_products()
    {
        string[] lines = SecondProcess.Run("TwoShops");

        Match tuned = Validation().Match(Assert.Single(lines, line => line.StartsWith("Language model tuned", StringComparison.Ordinal)));
        (double before, double after) = (Number(tuned.Groups[1]), Number(tuned.Groups[2]));
        Assert.True(after > 1.3 * before, $"NDCG@10 {before} became {after}");

        // The texts say what kind of thing a product is; the customers, where it belongs.
        foreach ((string product, string kind, string theme) in new[]
        {
            ("Kettle that whistles, Fjord series", "Kettle that whistles, ", ", Fjord series"), ("Spy thriller of the cold war, set in Kyoto", "Spy thriller of the cold war, ", ", set in Kyoto"),
        })
        {
            int at = Array.IndexOf(lines, product);
            Assert.InRange(at, 0, lines.Length);
            Assert.Equal(3, Neighbours(lines[at + 1], "alike in the texts:").Count(text => text.StartsWith(kind, StringComparison.Ordinal)));
            Assert.Equal(3, Neighbours(lines[at + 2], "alike for customers:").Count(text => text.EndsWith(theme, StringComparison.Ordinal)));
        }

        Assert.Contains("New products arrive; the model has 162 items", lines);
        foreach ((string customer, string product, char shop) in new[] { ("a cook", "N-1", 'K'), ("a reader", "N-2", 'B') })
        {
            int at = Array.FindIndex(lines, line => line.StartsWith($"Recommended to {customer} who bought", StringComparison.Ordinal));
            Assert.InRange(at, 0, lines.Length);
            string[] recommended = lines[(at + 1)..(at + 9)];
            Assert.StartsWith(product, Assert.Single(recommended, line => line.EndsWith("<- new", StringComparison.Ordinal)), StringComparison.Ordinal);
            Assert.All(recommended, line => Assert.True(line[0] == shop || line[0] == 'N', line));
        }
    }

    private static string[] Neighbours(string line, string what)
    {
        Assert.StartsWith(what, line, StringComparison.Ordinal);
        return line[what.Length..].Split(';', StringSplitOptions.TrimEntries);
    }

    private static double Number(Group group) => double.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"NDCG@10 of text neighbours on held-out purchases (0\.\d+) -> (0\.\d+)$")]
    private static partial Regex Validation();
}
