using Microsoft.ML.Runtime;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

public sealed class ChosenOptionsTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [Fact]
    public void What_the_data_decided_is_logged_and_saved_with_the_model()
    {
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.NumberOfEpochs, options.EmbeddingDimension, options.MaximumTokensPerBatch) = (1, 0, 0);
        (options.LearningRate, options.DropoutRate) = (null, null);

        (HydraSequenceRecommendationTrainer.Options found, string[] log) = FitAndSave(options);

        Assert.Equal(
            (64, 1024, 0.006, 0.5, 0.0),
            (found.EmbeddingDimension, found.MaximumTokensPerBatch, found.LearningRate, found.DropoutRate, found.LaterTargetRate));
        Assert.Contains(
            "Chosen from the data: EmbeddingDimension 64, LaterTargetRate 0.0, MaximumTokensPerBatch 1024, LearningRate 0.006, DropoutRate 0.50", log);
    }

    [Fact]
    public void What_the_user_set_wins()
    {
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.NumberOfEpochs, options.DropoutRate, options.LaterTargetRate) = (1, 0.3, 0.25);

        (HydraSequenceRecommendationTrainer.Options found, string[] log) = FitAndSave(options);

        Assert.Equal(
            (16, 256, 0.04, 0.3, 0.25),
            (found.EmbeddingDimension, found.MaximumTokensPerBatch, found.LearningRate, found.DropoutRate, found.LaterTargetRate));
        Assert.DoesNotContain(log, line => line.StartsWith("Chosen from the data", StringComparison.Ordinal));
    }

    private (HydraSequenceRecommendationTrainer.Options Options, string[] Log) FitAndSave(HydraSequenceRecommendationTrainer.Options options)
    {
        var log = new LogLines(_mlContext);
        IDataView view = Shelves.Load(_mlContext, Shelves.Texts(customers: 60));
        using var fitted = _mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(view);
        using var stream = new MemoryStream();
        _mlContext.Model.Save(fitted, view.Schema, stream);
        stream.Position = 0;
        using var loaded = (HydraSequenceRecommendationTransformer)new MLContext().Model.Load(stream, out _);
        return (loaded.Model.Options, log.Of(ChannelMessageKind.Info));
    }
}
