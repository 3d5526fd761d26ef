using Xunit;

namespace Microsoft.ML.Hydra.Tests.Tuning;

public sealed class TuningRunTests
{
    public static TheoryData<string, Action<HydraTuningOptions>> Mistakes { get; } = new()
    {
        { "Neither Budget nor MaximumTrials is set; say when the search is to end.", o => o.MaximumTrials = null },
        { "Budget is 00:00:00; it must be above 0 and at most 40 days.", o => o.Budget = TimeSpan.Zero },
        { "Budget is 41.00:00:00; it must be above 0 and at most 40 days.", o => o.Budget = TimeSpan.FromDays(41) },
        { "MaximumTrials is 0; it must be at least 1.", o => o.MaximumTrials = 0 },
        { "ReductionFactor is 1; it must be at least 2.", o => o.ReductionFactor = 1 },
        { "MinimumEpochs is 0; it must be at least 1.", o => o.MinimumEpochs = 0 },
        { "NumberOfConfigurations is -1; it must be at least 0.", o => o.NumberOfConfigurations = -1 },
        { "Resume is set but Directory is not; name the directory of the interrupted search.", o => o.Resume = true },
        { "LearningRate is 0; it must be a number above 0.", o => o.TrainerOptions.LearningRate = 0 },
        { "Validation is None, but a search compares trials by validation NDCG@10; set it to LeaveLastOut.", o => o.TrainerOptions.Validation = SequenceValidation.None },
        { "CheckpointDirectory is 'here', but the trials of a search keep their checkpoints in the search's own Directory; leave it unset.", o => o.TrainerOptions.CheckpointDirectory = "here" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_one_sentence(string expected, Action<HydraTuningOptions> make)
    {
        HydraTuningOptions options = FakeTraining.Options(trials: 1);
        make(options);

        Assert.StartsWith(expected, Assert.ThrowsAny<ArgumentException>(() => FakeTraining.Tune(options, _ => 0.5)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_space_without_anything_to_try_is_refused()
    {
        HydraTuningOptions options = FakeTraining.Options(trials: 5);
        const string Nothing = "The search space holds nothing besides the trainer's own options; give it more options or more values.";

        Assert.Equal(Nothing, Assert.Throws<ArgumentException>(() => FakeTraining.Tune(options, _ => 0.5, new HydraSearchSpace())).Message);
        Assert.Equal(Nothing, Assert.Throws<ArgumentException>(() => FakeTraining.Tune(options, _ => 0.5, new HydraSearchSpace().WithChoices("NumberOfLayers", 3))).Message);
        Assert.StartsWith(
            "The search space holds no configuration whose sizes fit each other: EmbeddingDimension is 64, which NumberOfLatentHeads 5 does not divide",
            Assert.Throws<ArgumentException>(() => FakeTraining.Tune(options, _ => 0.5, new HydraSearchSpace().WithChoices("NumberOfLatentHeads", 5))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Data_without_anything_to_validate_on_are_refused()
    {
        var mlContext = new MLContext();
        IDataView data = Integration.Shelves.Load(mlContext, [["a", "b"], ["b", "a"]]);

        Assert.Equal(
            "Column \"Items\" holds 2 sequences and none of three or more items; at least one is needed to validate on.",
            Assert.Throws<ArgumentException>(() => mlContext.SequenceRecommendation().Tune(data, HydraSearchSpace.Default, TimeSpan.FromMinutes(1))).Message);
    }
}
