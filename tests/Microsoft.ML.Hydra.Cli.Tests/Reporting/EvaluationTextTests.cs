using Microsoft.ML.Hydra.Cli.Reporting;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Reporting;

public sealed class EvaluationTextTests
{
    [Fact]
    public void Tables_and_facts_show_every_figure()
    {
        using var output = new StringWriter();
        EvaluationText.Write(Terminal.Create(output), SampleReport.Create());
        string text = output.ToString();

        Assert.Contains("Filtered", text, StringComparison.Ordinal);
        Assert.Contains("Unfiltered", text, StringComparison.Ordinal);
        Assert.Equal(2, text.Split("Markov10").Length - 1);
        Assert.Equal(2, text.Split("ItemKnn").Length - 1);
        Assert.Contains("0.2500", text, StringComparison.Ordinal);
        Assert.Contains("0.0625", text, StringComparison.Ordinal);
        Assert.Contains("7 users, 8 items, 90 events", text, StringComparison.Ordinal);
        Assert.Contains("123,456", text, StringComparison.Ordinal);
        Assert.Contains("1.50 s per epoch", text, StringComparison.Ordinal);
        Assert.Contains("512 MB", text, StringComparison.Ordinal);
        Assert.Contains("NDCG@10 by history", text, StringComparison.Ordinal);
        Assert.Contains("6 users, 1 of them with an item not seen in training", text, StringComparison.Ordinal);
        Assert.Contains("2 users with an item of their own history", text, StringComparison.Ordinal);
        Assert.Contains("0.3750", text, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
    }

    [Fact]
    public void New_items_have_a_row_for_each_ranking_and_model()
    {
        using var output = new StringWriter();
        EvaluationText.Write(Terminal.Create(output), SampleReport.Create() with { ColdItems = SampleReport.ColdItems() });
        string[] lines = [.. output.ToString().Split('\n').Select(line => string.Join(' ', line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)))];

        Assert.Contains("New items: 12 (10 % of the items), of which the model knows 11; filtered", lines);
        Assert.Contains("new targets (6 users) Hydra 0.1250 0.0625", string.Join('\n', lines), StringComparison.Ordinal);
        Assert.Contains("Popularity 0.0000 0.0000", lines);
        Assert.Contains("new targets among the new items (6 users) Hydra 0.3750 0.1875", string.Join('\n', lines), StringComparison.Ordinal);
    }
}
