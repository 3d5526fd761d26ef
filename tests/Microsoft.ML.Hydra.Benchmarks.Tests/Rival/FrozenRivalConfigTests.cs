using Microsoft.ML.Hydra.Benchmarks.Rival;
using Microsoft.ML.Hydra.Cli.Binding;
using Xunit;

namespace Microsoft.ML.Hydra.Benchmarks.Tests.Rival;

/// <summary>The files in <c>configs/sasrec</c>, one for each published row.</summary>
public sealed class FrozenRivalConfigTests
{
    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "configs");

    public static TheoryData<string> Names => [.. Directory.EnumerateFiles(s_folder, "*.json").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_configuration_of_a_published_row_sets_every_option_of_the_model(string name)
    {
        string path = Path.Combine(s_folder, name);
        var options = new RivalOptions();
        foreach ((string option, string? text) in ConfigFile.Read(path))
        {
            options.Set(option, text, path);
        }

        options.Check();
        Assert.True(ConfigFile.Read(path).Single(option => option.Name == "Seed").Text is not null, "the seed is not set");
        Assert.NotNull(options.Training.DropoutRate);
        Assert.NotNull(options.Training.LaterTargetRate);
        Assert.True(options.Training.EmbeddingDimension > 0);
        Assert.True(options.Training.MaximumTokensPerBatch > 0);
        Assert.Equal(
            options.ToJson().Select(option => option.Key).Order(StringComparer.Ordinal),
            ConfigFile.Read(path).Select(option => option.Name).Order(StringComparer.Ordinal));
    }
}
