using Microsoft.ML.Hydra.Cli.Binding;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Binding;

/// <summary>The files in <c>configs</c>, one for each published row.</summary>
public sealed class FrozenConfigTests
{
    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "configs");

    public static TheoryData<string> Names => [.. Directory.EnumerateFiles(s_folder, "*.json").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_configuration_of_a_published_row_sets_every_option_of_the_model(string name)
    {
        string path = Path.Combine(s_folder, name);
        var options = new TrainerOptions();

        ConfigFile.Apply(options, path);

        Assert.NotNull(options.Seed);
        Assert.NotNull(options.DropoutRate);
        Assert.NotNull(options.LaterTargetRate);
        Assert.True(options.EmbeddingDimension > 0);
        Assert.True(options.MaximumTokensPerBatch > 0);
        string[] model = [.. OptionBinder.ToJson(new TrainerOptions()).Select(option => option.Key).Where(key => !IsOfTheRun(key))];
        Assert.Equal(model.Order(StringComparer.Ordinal), ConfigFile.Read(path).Select(option => option.Name).Order(StringComparer.Ordinal));
        new MLContext().SequenceRecommendation().Trainers.Hydra(options);    // throws where one is out of range
    }

    // Has no effect on the result
    private static bool IsOfTheRun(string name) => name is nameof(TrainerOptions.NumberOfThreads) or nameof(TrainerOptions.CheckpointDirectory)
        or nameof(TrainerOptions.NumberOfCheckpoints) or nameof(TrainerOptions.ResumeFromCheckpoint) or nameof(TrainerOptions.SaveDirectory) or nameof(TrainerOptions.CancellationBehavior)
        or nameof(TrainerOptions.ItemIdColumnName) or nameof(TrainerOptions.ItemTextColumnName) or nameof(TrainerOptions.ItemFeaturesColumnName)
        or nameof(TrainerOptions.MaximumLossToNewItems)    // the rows know ids only
        or nameof(TrainerOptions.DomainColumnName) or nameof(TrainerOptions.SeparateSequenceModels) or nameof(TrainerOptions.AcrossDomains);    // in one domain
}
