using Microsoft.ML.Runtime;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>What a fit reports while it runs, and what the model reports afterwards.</summary>
public sealed class ProgressTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [Fact]
    public void Every_epoch_is_reported_once_and_kept_in_the_model()
    {
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        var progress = new EpochList();
        options.Progress = progress;

        using var model = Fit(options);

        Assert.Equal([1, 2, 3, 4, 5], progress.Epochs.Select(epoch => epoch.Epoch));
        Assert.Equal(progress.Epochs, model.Model.Epochs);
        Assert.All(progress.Epochs, epoch =>
        {
            Assert.Equal(5, epoch.NumberOfEpochs);
            Assert.InRange(epoch.Loss, 0.1, 10);
            Assert.InRange(epoch.ValidationNdcgAt10, 0, 1);
            Assert.True(double.IsFinite(epoch.SequencesPerSecond) && epoch.SequencesPerSecond > 0);
            Assert.True(epoch.Elapsed > TimeSpan.Zero);
            Assert.Equal(epoch.Epoch == 5, epoch.Remaining == TimeSpan.Zero);
        });
        Assert.True(progress.Epochs[^1].Loss < progress.Epochs[0].Loss);
        Assert.Equal(progress.Epochs.Last(epoch => epoch.IsBest).Epoch, model.Model.BestEpoch);
        Assert.Equal(progress.Epochs.Max(epoch => epoch.ValidationNdcgAt10), progress.Epochs[model.Model.BestEpoch - 1].ValidationNdcgAt10);
    }

    [Fact]
    public void The_log_has_a_line_an_epoch()
    {
        var log = new LogLines(_mlContext);

        using var model = Fit(SmallTraining.Options());

        string[] lines = [.. log.Of(ChannelMessageKind.Info).Where(line => line.StartsWith("Epoch ", StringComparison.Ordinal))];
        Assert.Equal(5, lines.Length);
        for (int i = 0; i < lines.Length; i++)
        {
            Assert.Matches(
                $@"^Epoch {i + 1}/5: loss \d+\.\d{{4}}, validation NDCG@10 [01]\.\d{{4}}( \(best\))?, \d+ sequences/s, at most \d\d:\d\d:\d\d left$",
                lines[i]);
        }

        Assert.Contains(log.Of(ChannelMessageKind.Info), line => line.Contains("150 sequences", StringComparison.Ordinal) && line.Contains("60 items", StringComparison.Ordinal));
        Assert.Contains("Device: CPU", log.Of(ChannelMessageKind.Info));
        Assert.Empty(log.Of(ChannelMessageKind.Warning));
    }

    [Fact]
    public void Without_validation_every_epoch_counts_and_none_is_measured()
    {
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.Validation, options.NumberOfEpochs) = (SequenceValidation.None, 3);

        using var model = Fit(options);

        Assert.Equal(3, model.Model.BestEpoch);
        Assert.All(model.Model.Epochs, epoch => Assert.True(double.IsNaN(epoch.ValidationNdcgAt10)));
        var loaded = (HydraSequenceRecommendationTransformer)SavedModel.Save(_mlContext, model).Load(new MLContext());
        Assert.Equal(model.Model.Epochs, loaded.Model.Epochs);
        Assert.Equal(model.Model.NumberOfParameters, loaded.Model.NumberOfParameters);
    }

    [Fact]
    public void Training_stops_when_patience_runs_out()
    {
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.NumberOfEpochs, options.Patience, options.LearningRate) = (50, 2, 1e-12);

        using var model = Fit(options);

        Assert.Equal(3, model.Model.NumberOfEpochsTrained);
        Assert.Equal(1, model.Model.BestEpoch);
    }

    private HydraSequenceRecommendationTransformer Fit(HydraSequenceRecommendationTrainer.Options options) =>
        _mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(Shelves.Load(_mlContext, Shelves.Texts()));
}
