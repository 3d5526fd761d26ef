using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Cli.Binding;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Binding;

public sealed class OptionBinderTests
{
    [Fact]
    public void Every_kind_of_option_is_set_by_name_in_any_case()
    {
        var options = new TrainerOptions();
        OptionBinder.SetFromAssignment(options, "NumberOfLayers=2");
        OptionBinder.SetFromAssignment(options, "learningrate=1e-3");
        OptionBinder.SetFromAssignment(options, "USEITEMGATE=False");
        OptionBinder.SetFromAssignment(options, "Loss=sampledsoftmax");
        OptionBinder.SetFromAssignment(options, "Seed=-7");
        OptionBinder.SetFromAssignment(options, "CheckpointDirectory=a=b");

        Assert.Equal(2, options.NumberOfLayers);
        Assert.Equal(1e-3, options.LearningRate);
        Assert.False(options.UseItemGate);
        Assert.Equal(SequenceLoss.SampledSoftmax, options.Loss);
        Assert.Equal(-7, options.Seed);
        Assert.Equal("a=b", options.CheckpointDirectory);
    }

    [Fact]
    public void Empty_value_clears_an_option_that_may_be_null()
    {
        var options = new TrainerOptions { Seed = 5, CheckpointDirectory = "somewhere" };
        OptionBinder.SetFromAssignment(options, "Seed=");
        OptionBinder.SetFromAssignment(options, "CheckpointDirectory=");

        Assert.Null(options.Seed);
        Assert.Null(options.CheckpointDirectory);
    }

    [Theory]
    [InlineData("NumberOfLayers=two", "NumberOfLayers", "'two'", "a whole number")]
    [InlineData("NumberOfLayers=2.5", "NumberOfLayers", "'2.5'", "a whole number")]
    [InlineData("NumberOfLayers=", "NumberOfLayers", "''", "a whole number")]
    [InlineData("WeightDecay=0,5", "WeightDecay", "'0,5'", "a number")]
    [InlineData("LearningRate=NaN", "LearningRate", "'NaN'", "a number, or nothing")]
    [InlineData("UseItemGate=yes", "UseItemGate", "'yes'", "true or false")]
    [InlineData("Seed=x", "Seed", "'x'", "a whole number, or nothing")]
    [InlineData("Loss=Hinge", "Loss", "'Hinge'", "one of Softmax, SampledSoftmax, BinaryCrossEntropy")]
    [InlineData("Loss=1", "Loss", "'1'", "one of Softmax, SampledSoftmax, BinaryCrossEntropy")]
    public void A_bad_value_is_shown_with_its_option_and_what_is_expected(string assignment, string name, string found, string expected)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(
            () => OptionBinder.SetFromAssignment(new TrainerOptions(), assignment));

        Assert.Equal($"--set: option {name} is {found}; expected {expected}.", error.Message);
    }

    [Theory]
    [InlineData("NumberOfLayer", "NumberOfLayers")]
    [InlineData("LerningRate", "LearningRate")]
    [InlineData("dropout", "DropoutRate")]
    [InlineData("epochs", "NumberOfEpochs")]
    public void Unknown_name_lists_the_nearest_names(string name, string meant)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(
            () => OptionBinder.SetFromAssignment(new TrainerOptions(), name + "=1"));

        Assert.StartsWith($"--set: there is no option '{name}'; the nearest are {meant}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AllowedItems")]
    [InlineData("CancellationToken")]
    [InlineData("Progress")]
    public void An_option_that_text_cannot_set_is_refused_with_the_reason(string name)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(
            () => OptionBinder.SetFromAssignment(new TrainerOptions(), name + "=1"));

        Assert.Contains("in code only", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NumberOfLayers")]
    [InlineData("=3")]
    [InlineData("")]
    public void Text_that_is_not_an_assignment_is_refused(string text) =>
        Assert.Contains(
            "not an assignment",
            Assert.Throws<UserErrorException>(() => OptionBinder.SetFromAssignment(new TrainerOptions(), text)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Options_as_json_read_back_as_a_config_file_are_the_same()
    {
        var options = new TrainerOptions
        {
            NumberOfLayers = 5,
            LearningRate = 0.1 + 0.2,
            UseRotaryGate = true,
            Validation = SequenceValidation.None,
            Seed = null,
            CheckpointDirectory = "a \"b\"",
        };
        JsonObject json = OptionBinder.ToJson(options);
        using var directory = new TemporaryDirectory();
        string path = directory.Write("options.json", json.ToJsonString());

        var read = new TrainerOptions { Seed = 9 };
        ConfigFile.Apply(read, path);

        Assert.Equal(json.ToJsonString(), OptionBinder.ToJson(read).ToJsonString());
        Assert.Equal(0.1 + 0.2, read.LearningRate);
        Assert.Null(read.Seed);
    }

    [Fact]
    public void Json_holds_every_simple_option_and_nothing_else()
    {
        JsonObject json = OptionBinder.ToJson(new TrainerOptions());

        Assert.True(json.ContainsKey("EmbeddingDimension"));
        Assert.Equal("Softmax", (string?)json["Loss"]);
        Assert.True(json.ContainsKey("Seed") && json["Seed"] is null);
        Assert.False(json.ContainsKey("Progress"));
        Assert.False(json.ContainsKey("AllowedItems"));
    }
}
