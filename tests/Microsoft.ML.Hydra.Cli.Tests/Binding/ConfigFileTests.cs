using Microsoft.ML.Hydra.Cli.Binding;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Binding;

public sealed class ConfigFileTests
{
    [Fact]
    public void Numbers_booleans_texts_nulls_and_comments_are_read()
    {
        TrainerOptions options = Apply("""
            {
                // small
                "numberOfLayers": 2, "LearningRate": 0.01, "UseRotaryGate": true, "Loss": "BinaryCrossEntropy", "Seed": null,
            }
            """);

        Assert.Equal(2, options.NumberOfLayers);
        Assert.Equal(0.01, options.LearningRate);
        Assert.True(options.UseRotaryGate);
        Assert.Equal(SequenceLoss.BinaryCrossEntropy, options.Loss);
        Assert.Null(options.Seed);
    }

    [Theory]
    [InlineData("""{ "NumberOfLayers": null }""", "option NumberOfLayers is nothing; expected a whole number.")]
    [InlineData("""{ "NumberOfLayers": [2] }""", "option NumberOfLayers is '[2]'; expected a whole number.")]
    [InlineData("""{ "NumberOfLayers": 1e1 }""", "option NumberOfLayers is '1e1'; expected a whole number.")]
    [InlineData("""{ "ItemsColumnName": null }""", "option ItemsColumnName is nothing; expected a text.")]
    [InlineData("""{ "Sed": 3 }""", "there is no option 'Sed'; the nearest are Seed")]
    [InlineData("""[1]""", "holds no JSON object")]
    [InlineData("""{ "Seed": 1""", "is not valid JSON")]
    [InlineData("""{ "Seed": 1, "Seed": 2 }""", "is not valid JSON")]
    public void Bad_content_is_one_clear_sentence(string json, string expected)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Apply(json));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("config.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_file_is_named()
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => ConfigFile.Apply(new TrainerOptions(), "nowhere.json"));

        Assert.Equal("The configuration file 'nowhere.json' does not exist.", error.Message);
    }

    private static TrainerOptions Apply(string json)
    {
        using var directory = new TemporaryDirectory();
        var options = new TrainerOptions { Seed = 4 };
        ConfigFile.Apply(options, directory.Write("config.json", json));
        return options;
    }
}
