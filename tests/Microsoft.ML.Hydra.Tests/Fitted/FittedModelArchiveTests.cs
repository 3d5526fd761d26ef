using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Scoring;
using Microsoft.ML.Hydra.Tests.Persistence;
using Microsoft.ML.Hydra.Tests.Training;
using Microsoft.ML.Hydra.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Fitted;

public sealed class FittedModelArchiveTests
{
    [Theory]
    [InlineData(SequenceValidation.LeaveLastOut)]
    [InlineData(SequenceValidation.None)]   // its metrics are NaN
    public void A_model_survives_writing_and_reading(SequenceValidation validation)
    {
        var run = new SmallRun(SmallRun.SmallOptions(o => (o.NumberOfEpochs, o.Validation, o.ExcludeSeenItems) = (2, validation, false)));
        ItemVocabulary vocabulary = Vocabulary();
        TrainingResult result = run.Train();
        FittedModel model = PriorFit.AddTo(result.Fitted(run.Resolved, new SequenceData(run.Data, vocabulary, null, 0, 0, 0)), result.Data, run.Monitor);
        var archive = new MemoryModelEntries();
        FittedModelArchive.Write(archive, model, CandidateFilter.Create(vocabulary, false, null, new[] { "item 3" }));

        (FittedModel read, CandidateFilter filter) = FittedModelArchive.Read(archive);

        SmallRun.AssertSameWeights(model.Weights, read.Weights);
        Assert.Equal(model.Epochs, read.Epochs);
        Assert.Equal(model.BestEpoch, read.BestEpoch);
        Assert.Equal(model.ValidationNdcgAt10, read.ValidationNdcgAt10);
        Assert.Equal(model.Prior is null, read.Prior is null);
        Assert.Equal(model.Prior?.Weight, read.Prior?.Weight);
        Assert.Equal(model.ItemCounts, read.ItemCounts);
        Assert.Equal(OptionsJson.Write(model.Options), OptionsJson.Write(read.Options));
        Assert.Equal("item 12", read.Vocabulary.NameOf(12));
        Assert.False(filter.ExcludeSeen);
        Assert.Equal(run.Data.NumberOfEvents, read.ItemCounts.Sum());
        Assert.Equal(model.Weights.Sum(w => (long)w.Data.Length), new HydraModelParameters(read).NumberOfParameters);
    }

    [Fact]
    public void Options_that_ask_for_another_model_than_the_weights_are_are_refused_on_loading()
    {
        var run = new SmallRun(SmallRun.SmallOptions(o => o.NumberOfEpochs = 1));
        ItemVocabulary vocabulary = Vocabulary();
        var model = run.Train().Fitted(run.Resolved, new SequenceData(run.Data, vocabulary, null, 0, 0, 0));
        HydraSequenceRecommendationTrainer.Options vast = model.Options.Copy();
        (vast.LatentHeadDimension, vast.ExpansionFactor, vast.NumberOfLayers) = (4096, 16, 64);   // hundreds of gigabytes if it were believed
        var archive = new MemoryModelEntries();
        CandidateFilter all = CandidateFilter.Create(vocabulary, true, null, null);

        FittedModelArchive.Write(archive, model with { Options = vast }, all);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => FittedModelArchive.Read(archive));
        Assert.StartsWith("The entry 'weights.safetensors' of the saved model cannot be read: The weight 'layers.0.mixer.x_proj' has the shape [8, 8]; the model's options", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);

        HydraSequenceRecommendationTrainer.Options open = model.Options.Copy();
        open.EmbeddingDimension = 0;
        var unresolved = new MemoryModelEntries();
        FittedModelArchive.Write(unresolved, model with { Options = open }, all);
        Assert.Contains("leave EmbeddingDimension open", Assert.Throws<InvalidDataException>(() => FittedModelArchive.Read(unresolved)).Message, StringComparison.Ordinal);

        var fewer = new MemoryModelEntries();
        FittedModelArchive.Write(fewer, model with { Weights = [.. model.Weights.SkipLast(1)] }, all);
        Assert.Throws<InvalidDataException>(() => FittedModelArchive.Read(fewer));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Weights_that_are_not_finite_are_refused_on_loading(float value)
    {
        FittedModel model = Small();
        foreach (int place in new[] { 0, 1 })    // the first number and the last: vectors of the processor, and the rest
        {
            NamedTensor spoiled = model.Weights[^1];
            float[] values = [.. spoiled.Values<float>()];
            values[place * (values.Length - 1)] = value;
            var archive = new MemoryModelEntries();
            FittedModelArchive.Write(
                archive, model with { Weights = [.. model.Weights.SkipLast(1), new NamedTensor(spoiled.Name, spoiled.Shape, values)] }, CandidateFilter.Create(model.Vocabulary, true, null, null));

            Assert.Equal(
                $"The entry 'weights.safetensors' of the saved model cannot be read: the weight '{spoiled.Name}' has numbers that are not finite.",
                Assert.Throws<InvalidDataException>(() => FittedModelArchive.Read(archive)).Message);
        }
    }

    [Fact]
    public void Many_zeros_in_the_place_of_weights_take_no_memory()
    {
        const int Zeros = 64 << 20;
        FittedModel model = Small();
        NamedTensor[] forged = [.. model.Weights.SkipLast(1), new NamedTensor("final_norm.weight", [Zeros / sizeof(float)], new float[Zeros / sizeof(float)])];
        var archive = new MemoryModelEntries { Seekable = true };
        FittedModelArchive.Write(archive, model with { Weights = forged }, CandidateFilter.Create(model.Vocabulary, true, null, null));

        long before = GC.GetAllocatedBytesForCurrentThread();
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => FittedModelArchive.Read(archive));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Contains($"has the shape [{Zeros / sizeof(float)}]; the model's options and items need [8]", error.Message, StringComparison.Ordinal);
        Assert.True(allocated < 1 << 20, $"{allocated} bytes were allocated.");
    }

    [Fact]
    public void A_clock_survives_and_one_that_cannot_be_is_refused_on_loading()
    {
        var run = new SmallRun(SmallRun.SmallOptions(o => (o.NumberOfEpochs, o.TimestampsColumnName) = (1, "When")));
        ItemVocabulary vocabulary = Vocabulary();
        var clock = new EventClock(Mean: 1 / 3.0, Deviation: 0.1);
        var model = run.Train().Fitted(run.Resolved, new SequenceData(run.Data, vocabulary, clock, 0, 0, 0));
        FittedModel WrittenAndRead(FittedModel written)
        {
            var archive = new MemoryModelEntries();
            FittedModelArchive.Write(archive, written, CandidateFilter.Create(vocabulary, true, null, null));
            return FittedModelArchive.Read(archive).Model;
        }

        Assert.Equal(clock, WrittenAndRead(model).Clock);
        Assert.Throws<InvalidDataException>(() => WrittenAndRead(model with { Clock = null }));
        Assert.Throws<InvalidDataException>(() => WrittenAndRead(model with { Clock = clock with { Deviation = 0 } }));
    }

    private static FittedModel Small()
    {
        var run = new SmallRun(SmallRun.SmallOptions(o => o.NumberOfEpochs = 1));
        return run.Train().Fitted(run.Resolved, new SequenceData(run.Data, Vocabulary(), null, 0, 0, 0));
    }

    private static ItemVocabulary Vocabulary()
    {
        var builder = new TextItemVocabularyBuilder();
        foreach (int item in Enumerable.Range(1, 12))
        {
            builder.GetOrAdd($"item {item}".AsMemory());
        }

        return builder.Build();
    }
}
