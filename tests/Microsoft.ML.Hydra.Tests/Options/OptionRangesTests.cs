using System.Globalization;
using Microsoft.ML.Hydra.Options;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Options;

public sealed class OptionRangesTests
{
    /// <summary>Option, values just outside of its range, and the range as the message must tell it.</summary>
    public static TheoryData<string, double, string> OutOfRange { get; } = new()
    {
        { "EmbeddingDimension", -1, "between 0 and 4096" },
        { "EmbeddingDimension", 4097, "between 0 and 4096" },
        { "NumberOfLayers", 0, "between 1 and 64" },
        { "NumberOfLayers", 65, "between 1 and 64" },
        { "NumberOfLatentHeads", 0, "between 1 and 256" },
        { "NumberOfLatentHeads", 257, "between 1 and 256" },
        { "LatentHeadDimension", -1, "between 0 and 4096" },
        { "LatentHeadDimension", 4097, "between 0 and 4096" },
        { "ExpansionFactor", 0, "between 1 and 16" },
        { "ExpansionFactor", 17, "between 1 and 16" },
        { "StateDimension", 0, "between 1 and 1024" },
        { "StateDimension", 1025, "between 1 and 1024" },
        { "InnerHeadDimension", 0, "between 1 and 1024" },
        { "InnerHeadDimension", 1025, "between 1 and 1024" },
        { "ConvolutionKernelSize", 0, "between 1 and 16" },
        { "ConvolutionKernelSize", 17, "between 1 and 16" },
        { "FeedForwardDimension", -1, "between 0 and 65536" },
        { "FeedForwardDimension", 65537, "between 0 and 65536" },
        { "Temperature", 0, "a number above 0" },
        { "Temperature", double.NaN, "a number above 0" },
        { "Temperature", double.PositiveInfinity, "a number above 0" },
        { "MaximumSequenceLength", 1, "between 2 and 1000000" },
        { "MaximumSequenceLength", 1_000_001, "between 2 and 1000000" },
        { "NumberOfEpochs", 0, "between 1 and 100000" },
        { "NumberOfEpochs", 100_001, "between 1 and 100000" },
        { "MaximumTokensPerBatch", -1, "between 0 and 100000000" },
        { "MaximumTokensPerBatch", 100_000_001, "between 0 and 100000000" },
        { "LearningRate", 0, "a number above 0" },
        { "LearningRate", -0.5, "a number above 0" },
        { "LearningRate", double.NaN, "a number above 0" },
        { "NumberOfWarmupSteps", -1, "at least 0" },
        { "FinalLearningRateFraction", -0.1, "between 0 and 1" },
        { "FinalLearningRateFraction", 1.1, "between 0 and 1" },
        { "WeightDecay", -0.1, "at least 0" },
        { "WeightDecay", double.NaN, "at least 0" },
        { "Beta1", -0.1, "at least 0 and below 1" },
        { "Beta1", 1, "at least 0 and below 1" },
        { "Beta2", 1, "at least 0 and below 1" },
        { "Beta2", double.NaN, "at least 0 and below 1" },
        { "MaximumGradientNorm", -1, "at least 0" },
        { "MaximumGradientNorm", double.PositiveInfinity, "at least 0" },
        { "DropoutRate", 1, "at least 0 and below 1" },
        { "DropoutRate", -0.1, "at least 0 and below 1" },
        { "LaterTargetRate", 1, "at least 0 and below 1" },
        { "LaterTargetRate", -0.1, "at least 0 and below 1" },
        { "NumberOfNegatives", 0, "between 1 and 10000000" },
        { "NumberOfNegatives", 10_000_001, "between 1 and 10000000" },
        { "MaximumValidationSequences", -1, "at least 0" },
        { "Patience", -1, "at least 0" },
        { "NumberOfRecommendations", 0, "at least 1" },
        { "NumberOfCheckpoints", 0, "at least 1" },
    };

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void A_number_out_of_range_is_refused_by_name_value_and_range(string option, double value, string range)
    {
        TrainerOptions options = With(option, value);
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => OptionRanges.Check(options));
        Assert.Equal(option, error.ParamName);
        Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"{option} is {value}; it must be {range}."), error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NumberOfLayers", 64)]
    [InlineData("LatentHeadDimension", 4096)]
    [InlineData("StateDimension", 1)]
    [InlineData("ConvolutionKernelSize", 1)]
    [InlineData("MaximumSequenceLength", 2)]
    [InlineData("MaximumTokensPerBatch", 0)]
    [InlineData("NumberOfWarmupSteps", 0)]
    [InlineData("NumberOfWarmupSteps", int.MaxValue)]
    [InlineData("FinalLearningRateFraction", 0)]
    [InlineData("FinalLearningRateFraction", 1)]
    [InlineData("Beta1", 0)]
    [InlineData("DropoutRate", 0)]
    [InlineData("LaterTargetRate", 0)]
    [InlineData("MaximumGradientNorm", 0)]
    [InlineData("NumberOfNegatives", 10_000_000)]
    [InlineData("Patience", 0)]
    public void The_ends_of_a_range_are_in_it(string option, double value) => OptionRanges.Check(With(option, value));

    [Fact]
    public void The_defaults_are_in_range() => OptionRanges.Check(new TrainerOptions());

    [Theory]
    [InlineData("Loss")]
    [InlineData("Validation")]
    [InlineData("CancellationBehavior")]
    public void An_undefined_choice_is_refused(string option)
    {
        var options = new TrainerOptions();
        System.Reflection.PropertyInfo property = typeof(TrainerOptions).GetProperty(option)!;
        property.SetValue(options, Enum.ToObject(property.PropertyType, 99));
        ArgumentException error = Assert.Throws<ArgumentOutOfRangeException>(() => OptionRanges.Check(options));
        Assert.StartsWith($"{option} is 99; it must be one of {string.Join(", ", Enum.GetNames(property.PropertyType))}.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ItemsColumnName")]
    [InlineData("LabelColumnName")]
    public void A_column_needs_a_name(string option)
    {
        foreach (string? name in new[] { "", null })
        {
            var options = new TrainerOptions();
            typeof(TrainerOptions).GetProperty(option)!.SetValue(options, name);
            ArgumentException error = Assert.Throws<ArgumentException>(() => OptionRanges.Check(options));
            Assert.StartsWith($"{option} is empty; give the name of a column.", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Sizes_that_do_not_fit_each_other_are_refused()
    {
        Assert.StartsWith(
            "EmbeddingDimension is 64, which NumberOfLatentHeads 5 does not divide; choose a multiple, or set LatentHeadDimension.",
            Message(o => o.NumberOfLatentHeads = 5), StringComparison.Ordinal);
        Assert.StartsWith(
            "InnerHeadDimension is 12, which does not divide the inner width 32 of a latent head (2 times 16); choose a divisor of 32.",
            Message(o => o.InnerHeadDimension = 12), StringComparison.Ordinal);
        Assert.StartsWith(
            "UseRotaryGate needs UseItemGate = true, as it turns that gate; set both or neither.",
            Message(o => (o.UseRotaryGate, o.UseItemGate) = (true, false)), StringComparison.Ordinal);
        Assert.StartsWith("UseRotaryGate needs an even latent head dimension; it is 3.",
            Message(o => (o.UseRotaryGate, o.UseItemGate, o.LatentHeadDimension, o.InnerHeadDimension) = (true, true, 3, 2)), StringComparison.Ordinal);
        Assert.StartsWith(
            "ResumeFromCheckpoint is set but CheckpointDirectory is not; name the directory of the interrupted run.",
            Message(o => o.ResumeFromCheckpoint = true), StringComparison.Ordinal);

        static string Message(Action<TrainerOptions> change)
        {
            var options = new TrainerOptions { EmbeddingDimension = 64 };
            change(options);
            return Assert.Throws<ArgumentException>(() => OptionRanges.Check(options)).Message;
        }
    }

    [Fact]
    public void What_hangs_on_an_open_width_is_not_judged_before_it_is_known() =>
        OptionRanges.Check(new TrainerOptions { NumberOfLatentHeads = 5, InnerHeadDimension = 7, UseItemGate = true, UseRotaryGate = true });

    [Fact]
    public void A_latent_head_dimension_frees_the_embedding_from_the_heads()
    {
        var options = new TrainerOptions { EmbeddingDimension = 50, NumberOfLatentHeads = 3, LatentHeadDimension = 8 };
        OptionRanges.Check(options);
        Assert.Equal(8, ModelShape.For(options, 5).LatentWidth);
    }

    private static TrainerOptions With(string option, double value)
    {
        var options = new TrainerOptions();
        System.Reflection.PropertyInfo property = typeof(TrainerOptions).GetProperty(option)!;
        property.SetValue(options, Convert.ChangeType(value, Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType, CultureInfo.InvariantCulture));
        if (option == "LatentHeadDimension" && value == 4096)
        {
            options.InnerHeadDimension = 1024;
        }

        return options;
    }
}
