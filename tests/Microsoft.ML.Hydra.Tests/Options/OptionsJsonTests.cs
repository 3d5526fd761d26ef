using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.Hydra.Options;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Options;

public sealed class OptionsJsonTests
{
    private static readonly string[] s_notSaved =
    [
        "AllowedItems", "DeniedItems", "Items", "NumberOfThreads", "CheckpointDirectory", "NumberOfCheckpoints", "ResumeFromCheckpoint",
        "SaveDirectory", "Progress", "CancellationToken", "CancellationBehavior",
    ];

    private static readonly PropertyInfo[] s_properties =
        [.. typeof(TrainerOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite)];

    // A value in range for every option, none its default.
    private static readonly Dictionary<string, object> s_values = new()
    {
        ["ItemsColumnName"] = "Böcker \"1\"",
        ["LabelColumnName"] = "Next",
        ["EmbeddingDimension"] = 48,
        ["NumberOfLayers"] = 2,
        ["NumberOfLatentHeads"] = 6,
        ["LatentHeadDimension"] = 10,
        ["ExpansionFactor"] = 3,
        ["StateDimension"] = 7,
        ["InnerHeadDimension"] = 15,
        ["ConvolutionKernelSize"] = 5,
        ["FeedForwardDimension"] = 99,
        ["UseItemGate"] = true,
        ["UseRotaryGate"] = true,
        ["NormalizeScores"] = true,
        ["Temperature"] = 0.1 + 0.2,   // needs all 17 digits
        ["MaximumSequenceLength"] = 33,
        ["NumberOfEpochs"] = 3,
        ["MaximumTokensPerBatch"] = 1234567,
        ["LearningRate"] = 1.0 / 3,
        ["NumberOfWarmupSteps"] = 5,
        ["FinalLearningRateFraction"] = 0.07,
        ["WeightDecay"] = 1e-300,
        ["Beta1"] = 0.8,
        ["Beta2"] = 0.95,
        ["MaximumGradientNorm"] = 2.5,
        ["DropoutRate"] = 0.35,
        ["LaterTargetRate"] = 0.25,
        ["Loss"] = SequenceLoss.SampledSoftmax,
        ["NumberOfNegatives"] = 77,
        ["Validation"] = SequenceValidation.None,
        ["MaximumValidationSequences"] = 8,
        ["Patience"] = 9,
        ["UseCooccurrencePrior"] = false,
        ["CountValidationEvents"] = false,
        ["MaximumLossToNewItems"] = 0.02,
        ["Seed"] = -11,
        ["NumberOfRecommendations"] = 12,
        ["ExcludeSeenItems"] = false,
        ["AllowedItems"] = new[] { "a" },
        ["DeniedItems"] = new[] { "b" },
        ["TimestampsColumnName"] = "Clock",
        ["DomainColumnName"] = "Shop",
        ["SeparateSequenceModels"] = true,
        ["AcrossDomains"] = true,
        ["Items"] = new MLContext().Data.LoadFromEnumerable(new[] { new { ItemId = "a" } }),
        ["ItemIdColumnName"] = "Product",
        ["ItemTextColumnName"] = "Title",
        ["ItemFeaturesColumnName"] = "Numbers",
        ["IncludeCatalogScores"] = true,
        ["NumberOfThreads"] = 3,
        ["CheckpointDirectory"] = "somewhere",
        ["NumberOfCheckpoints"] = 4,
        ["ResumeFromCheckpoint"] = true,
        ["SaveDirectory"] = "somewhere else",
        ["Progress"] = new Progress<EpochMetrics>(),
        ["CancellationToken"] = new CancellationToken(true),
        ["CancellationBehavior"] = CancellationBehavior.ReturnBestModel,
    };

    public static TheoryData<string> Names => [.. s_properties.Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_option_is_saved_or_left_out_on_purpose(string name)
    {
        PropertyInfo property = Property(name);
        Assert.True(s_values.ContainsKey(name), $"give the new option {name} a value in this test");
        var defaults = new TrainerOptions();
        Assert.NotEqual(property.GetValue(defaults), s_values[name]);
        Assert.Equal(s_notSaved.Contains(name), property.GetCustomAttribute<JsonIgnoreAttribute>()?.Condition == JsonIgnoreCondition.Always);

        TrainerOptions read = OptionsJson.Read(OptionsJson.Write(With(name)));

        foreach (PropertyInfo other in s_properties)
        {
            bool kept = other.Name == name && !s_notSaved.Contains(name);
            object? expected = kept ? s_values[name] : other.GetValue(With(name, saved: false));
            Assert.Equal(expected, other.GetValue(read));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_copy_has_every_option(string name)
    {
        TrainerOptions original = With(name);
        TrainerOptions copy = original.Copy();
        Assert.NotSame(original, copy);
        Assert.All(s_properties, p => Assert.Equal(p.GetValue(original), p.GetValue(copy)));
    }

    [Fact]
    public void A_copy_does_not_follow_the_original()
    {
        var denied = new List<string> { "a" };
        var original = new TrainerOptions { Patience = 3, DeniedItems = denied };
        TrainerOptions copy = original.Copy();
        original.Patience = 4;
        denied.Add("b");
        Assert.Equal(3, copy.Patience);
        Assert.Equal(new[] { "a" }, copy.DeniedItems!.Cast<string>());
    }

    [Fact]
    public void Options_of_a_later_version_are_ignored_and_missing_ones_keep_their_default()
    {
        TrainerOptions options = OptionsJson.Read("""{ "Patience": 3, "SomethingNew": { "A": 1 } }""");
        Assert.Equal((3, 3), (options.Patience, options.NumberOfLayers));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{ \"Patience\": \"many\" }")]
    [InlineData("{ \"Loss\": \"Hinge\" }")]
    [InlineData("{ \"Patience\": 1e30 }")]
    [InlineData("{ \"ItemsColumnName\": null }")]
    [InlineData("{ \"NumberOfLayers\": 100000000 }")]
    public void Text_that_is_no_options_is_refused(string json)
    {
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => OptionsJson.Read(json));
        Assert.StartsWith("The saved options ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choices_are_written_by_name()
    {
        using JsonDocument json = JsonDocument.Parse(OptionsJson.Write(new TrainerOptions
        {
            Loss = SequenceLoss.BinaryCrossEntropy, TimestampsColumnName = "Clock", DomainColumnName = "Shop", SeparateSequenceModels = true, AcrossDomains = true,
        }));
        Assert.Equal("BinaryCrossEntropy", json.RootElement.GetProperty("Loss").GetString());
        Assert.Equal(s_properties.Length - s_notSaved.Length, json.RootElement.EnumerateObject().Count());
    }

    [Fact]
    public void Without_a_clock_nothing_is_written_of_one() =>
        Assert.DoesNotContain(nameof(TrainerOptions.TimestampsColumnName), OptionsJson.Write(new TrainerOptions()), StringComparison.Ordinal);

    [Fact]
    public void Without_domains_nothing_is_written_of_them() =>
        Assert.DoesNotMatch("Domain|Separate", OptionsJson.Write(new TrainerOptions()));

    private static PropertyInfo Property(string name) => s_properties.Single(p => p.Name == name);

    // One option changed, with what it needs of others to stay in range.
    private static TrainerOptions With(string name, bool saved = true)
    {
        var options = new TrainerOptions();
        switch (name)
        {
            case "NumberOfLatentHeads":
                options.EmbeddingDimension = 96;
                break;
            case "EmbeddingDimension":
                options.InnerHeadDimension = 8;
                break;
            case "LatentHeadDimension":
                options.InnerHeadDimension = 5;
                break;
            case "InnerHeadDimension":
                options.LatentHeadDimension = 15;
                break;
            case "UseRotaryGate":
                options.UseItemGate = true;
                break;
            case "ResumeFromCheckpoint" when saved:
                options.CheckpointDirectory = "somewhere";
                break;
        }

        if (saved)
        {
            Property(name).SetValue(options, s_values[name]);
        }

        return options;
    }
}
