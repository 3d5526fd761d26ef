using Xunit;

namespace Microsoft.ML.Hydra.Tests.Tuning;

public sealed class HydraSearchSpaceTests
{
    [Fact]
    public void A_space_comes_back_from_its_text()
    {
        HydraSearchSpace space = new HydraSearchSpace()
            .WithLogUniform("LearningRate", 1e-3, 1e-2)
            .WithUniform("Beta2", 0.9, 0.99)
            .WithIntegers("NumberOfLayers", 1, 4)
            .WithChoices("DropoutRate", 0.1, null)
            .WithChoices("Loss", SequenceLoss.Softmax, "binarycrossentropy")
            .WithChoices("UseItemGate", true, false);

        HydraSearchSpace again = HydraSearchSpace.FromJson(space.ToJson());

        Assert.Equal(["LearningRate", "Beta2", "NumberOfLayers", "DropoutRate", "Loss", "UseItemGate"], again.OptionNames);
        Assert.Equal(space.ToJson(), again.ToJson());
        Assert.Contains("BinaryCrossEntropy", space.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_by_hand_may_have_comments_and_names_in_any_case()
    {
        HydraSearchSpace space = HydraSearchSpace.FromJson("""
            {
              "numberoflayers": { "integers": [1, 4] }, // few
              "WeightDecay": [0, 0.1],
            }
            """);

        Assert.Equal(["NumberOfLayers", "WeightDecay"], space.OptionNames);
    }

    [Fact]
    public void An_option_is_replaced_or_taken_out_in_a_new_space()
    {
        HydraSearchSpace first = new HydraSearchSpace().WithIntegers("NumberOfLayers", 1, 4);
        HydraSearchSpace second = first.WithChoices("NumberOfLayers", 2);

        Assert.Contains("integers", first.ToJson(), StringComparison.Ordinal);
        Assert.DoesNotContain("integers", second.ToJson(), StringComparison.Ordinal);
        Assert.Empty(second.Without("numberOfLayers").OptionNames);
        Assert.Equal(second.OptionNames, second.Without("LearningRate").OptionNames);
    }

    [Theory]
    [InlineData("""[1]""", "The search space is not a JSON object; expected one of option names, each with a list of values or a range.")]
    [InlineData("""{ "LearningRate": """, "The search space is not valid JSON: ")]
    [InlineData("""{ "LearningRat": [1] }""", "There is no option 'LearningRat' to search over; the options are EmbeddingDimension, NumberOfLayers, ")]
    [InlineData("""{ "NumberOfEpochs": [1] }""", "The option NumberOfEpochs cannot be in a search space: the search chooses the epochs of each trial")]
    [InlineData("""{ "Seed": [1, 2] }""", "The option Seed cannot be in a search space: it decides what trials are measured by.")]
    [InlineData("""{ "ExcludeSeenItems": [true] }""", "The option ExcludeSeenItems cannot be in a search space: it decides what trials are measured by.")]
    [InlineData("""{ "TimestampsColumnName": ["Timestamps"] }""", "The option TimestampsColumnName cannot be in a search space: it says what the data are; set it in the trainer's options")]
    [InlineData("""{ "ItemTextColumnName": ["Text"] }""", "The option ItemTextColumnName cannot be in a search space: it says what is known of the items; set it in the trainer's options")]
    [InlineData("""{ "NumberOfRecommendations": [1] }""", "The option NumberOfRecommendations cannot be in a search space: it changes nothing that is learned.")]
    [InlineData("""{ "CheckpointDirectory": ["a"] }""", "The option CheckpointDirectory cannot be in a search space: it belongs to the run and changes nothing that is learned.")]
    [InlineData("""{ "NumberOfThreads": [1] }""", "The option NumberOfThreads cannot be in a search space: it belongs to the run")]
    [InlineData("""{ "WeightDecay": ["fast"] }""", "The search space gives WeightDecay the value 'fast'; expected a number.")]
    [InlineData("""{ "WeightDecay": [null] }""", "The search space gives WeightDecay the value null; expected a number.")]
    [InlineData("""{ "WeightDecay": [[1]] }""", "The search space gives WeightDecay the value '[1]'; expected a number.")]
    [InlineData("""{ "DropoutRate": [true] }""", "The search space gives DropoutRate the value 'True'; expected a number, or null.")]
    [InlineData("""{ "NumberOfLayers": [1.5] }""", "The search space gives NumberOfLayers the value '1.5'; expected a whole number.")]
    [InlineData("""{ "Loss": ["Hinge"] }""", "The search space gives Loss the value 'Hinge'; expected one of Softmax, SampledSoftmax, BinaryCrossEntropy.")]
    [InlineData("""{ "UseItemGate": [1] }""", "The search space gives UseItemGate the value '1'; expected true or false.")]
    [InlineData("""{ "LearningRate": [] }""", "The search space gives LearningRate no values; expected at least one.")]
    [InlineData("""{ "LearningRate": [-1] }""", "LearningRate is -1; it must be a number above 0.")]
    [InlineData("""{ "NumberOfLayers": { "integers": [0, 4] } }""", "NumberOfLayers is 0; it must be between 1 and 64.")]
    [InlineData("""{ "DropoutRate": { "uniform": [0, 1] } }""", "DropoutRate is 1; it must be at least 0 and below 1.")]
    [InlineData("""{ "LearningRate": { "logUniform": [0.1, 0.01] } }""", "The search space gives LearningRate the range 0.1 to 0.01; expected the lower end first and the upper end above it.")]
    [InlineData("""{ "WeightDecay": { "logUniform": [0, 0.01] } }""", "The search space gives WeightDecay the logarithmic range 0 to 0.01; expected both ends above 0.")]
    [InlineData("""{ "NumberOfLayers": { "integers": [4, 2] } }""", "The search space gives NumberOfLayers the range 4 to 2; expected the lower end first.")]
    [InlineData("""{ "NumberOfLayers": { "uniform": [1, 4] } }""", "The option NumberOfLayers takes no fractions; give it choices or integers.")]
    [InlineData("""{ "UseItemGate": { "uniform": [0, 1] } }""", "The option UseItemGate takes no fractions; give it choices.")]
    [InlineData("""{ "LearningRate": { "integers": [1, 4] } }""", "The option LearningRate takes no whole numbers; give it choices, uniform or logUniform.")]
    [InlineData("""{ "LearningRate": { "normal": [1, 4] } }""", "The search space gives LearningRate { \"normal\": [1, 4] }; expected a list of values, or { \"uniform\": [low, high] }")]
    [InlineData("""{ "LearningRate": { "uniform": [1] } }""", "The search space gives LearningRate { \"uniform\": [1] }; expected a list")]
    [InlineData("""{ "LearningRate": 0.1 }""", "The search space gives LearningRate 0.1; expected a list")]
    public void A_mistake_is_one_sentence(string json, string expected) =>
        Assert.StartsWith(expected, Assert.ThrowsAny<ArgumentException>(() => HydraSearchSpace.FromJson(json)).Message, StringComparison.Ordinal);
}
