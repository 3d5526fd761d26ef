using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Benchmarks.Rival;
using Microsoft.ML.Hydra.Cli;
using Xunit;

namespace Microsoft.ML.Hydra.Benchmarks.Tests.Rival;

public sealed class RivalOptionsTests
{
    [Fact]
    public void Options_that_are_written_can_be_read_again()
    {
        var options = new RivalOptions();
        options.Set("numberofheads", "4", "test");
        options.Set("LearningRate", "0.003", "test");
        options.Set("DropoutRate", "0.5", "test");
        var again = new RivalOptions();
        foreach ((string name, JsonNode? value) in options.ToJson())
        {
            again.Set(name, value?.ToString(), "test");
        }

        Assert.Equal(options.ToJson().ToString(), again.ToJson().ToString());
        Assert.Equal((4, 0.003, 0.5), (again.NumberOfHeads, again.Training.LearningRate, again.Training.DropoutRate));
        Assert.Equal(4, again.Sizes(10).Heads);
    }

    [Theory]
    [InlineData("StateDimension", "32", "a SASRec has no option 'StateDimension'")]
    [InlineData("NumberOfHeads", "0", "expected a whole number, 1 or more")]
    [InlineData("NumberOfEpochs", "many", "expected a whole number")]
    public void An_unknown_option_or_an_invalid_value_is_one_sentence(string name, string value, string expected)
    {
        var error = Assert.Throws<UserErrorException>(() => new RivalOptions().Set(name, value, "--set"));

        Assert.StartsWith("--set: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NumberOfHeads", "3", "NumberOfHeads is 3, which does not divide EmbeddingDimension 64")]
    [InlineData("LearningRate", "0", "LearningRate is 0")]
    public void A_value_out_of_range_is_one_sentence(string name, string value, string expected)
    {
        var options = new RivalOptions();
        options.Set("EmbeddingDimension", "64", "--set");
        options.Set(name, value, "--set");

        Assert.Contains(expected, Assert.ThrowsAny<ArgumentException>(options.Check).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Widths_that_no_latent_head_divides_are_accepted()
    {
        var options = new RivalOptions();
        options.Set("EmbeddingDimension", "50", "--set");

        options.Check();
    }
}
