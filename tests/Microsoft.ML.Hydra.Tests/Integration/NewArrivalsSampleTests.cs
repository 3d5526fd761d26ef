using System.Text.RegularExpressions;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>The sample with new products recommends each of them to the customer for whom its words make it the next one.</summary>
public sealed partial class NewArrivalsSampleTests
{
    [Fact]
    public void Each_new_product_is_recommended_from_a_state_that_was_stored_before_it_came()
    {
        string[] lines = SecondProcess.Run(SecondProcess.NewArrivalsSample);

        int arrival = Array.IndexOf(lines, "New products arrive");
        Assert.InRange(arrival, 1, lines.Length);
        Assert.Equal(15, lines[..arrival].Count(line => Recommended().IsMatch(line)));
        Assert.DoesNotContain(lines[..arrival], line => line.Contains("N-", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.EndsWith("it has 255 items", StringComparison.Ordinal));
        foreach ((string customer, string product, string similar) in new[]
        {
            ("Anna", "N-1", "Tarn ultralight sleeping bag for camping"),
            ("Bela", "N-2", "Kestrel touring helmet for cycling"),
            ("Chen", "N-3", "Filtra steel grinder for coffee"),
        })
        {
            int start = Array.IndexOf(lines, $"Recommended to {customer} now:");
            Assert.InRange(start, arrival, lines.Length);
            string[] found = [.. lines[(start + 1)..].TakeWhile(line => Recommended().IsMatch(line))];
            Assert.Equal(5, found.Length);
            Assert.Equal(product, Recommended().Match(Assert.Single(found, line => line.EndsWith("<- new", StringComparison.Ordinal))).Groups[1].Value);
            Assert.StartsWith($"Most similar to {product}: {similar};", lines[start + 6], StringComparison.Ordinal);
        }
    }

    [GeneratedRegex(@"^\d\. ([PN]-\d+) ")]
    private static partial Regex Recommended();
}
