using Microsoft.ML.Hydra.Cli.Commands;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Commands;

public sealed class HistoryTextTests
{
    [Theory]
    [InlineData("a,b,c", "a", "b", "c")]
    [InlineData(" a , b ,,", "a", "b")]
    [InlineData("\"Mug, large\",Cup", "Mug, large", "Cup")]
    [InlineData("Cup, \"Mug, large\" ", "Cup", "Mug, large")]
    [InlineData("\"say \"\"hi\"\"\",\"\"", "say \"hi\"")]
    [InlineData("12\" pipe,x", "12\" pipe", "x")]
    [InlineData("")]
    public void A_history_is_one_line_of_csv(string text, params string[] expected) => Assert.Equal(expected, HistoryText.Parse(text));

    [Theory]
    [InlineData("\"Mug, large", "--history has a quote that is not closed, in '\"Mug, large'; write an id with a comma as in --history '\"Mug, large\",Cup'.")]
    [InlineData("\"Mug\" large,Cup", "--history has 'large' after the quoted id 'Mug'; expected a comma: write an id with a comma as in --history '\"Mug, large\",Cup'.")]
    public void A_wrong_quote_is_one_sentence(string text, string expected) =>
        Assert.Equal(expected, Assert.Throws<UserErrorException>(() => HistoryText.Parse(text)).Message);

    [Fact]
    public void A_quote_that_is_missing_is_recognised()
    {
        var known = new HashSet<string> { "Mug, large", "Cup" };

        Assert.Equal(
            "The model knows 'Mug, large': write an id with a comma as in --history '\"Mug, large\",Cup'.",
            HistoryText.HintAtQuotes("Mug, large,Cup", known, ["Mug", "large"]));
        Assert.Null(HistoryText.HintAtQuotes("Plate,Cup", known, ["Plate"]));
    }
}
