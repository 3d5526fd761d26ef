using Microsoft.ML.Hydra.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Training;

public sealed class TrainingProgressTests
{
    [Fact]
    public void Before_the_first_epoch_there_is_nothing()
    {
        var progress = new TrainingProgress();
        Assert.Equal((0, TimeSpan.Zero, 0), (progress.BestEpoch, progress.Elapsed, progress.BestWeights.Count));
        Assert.True(progress.IsBest(0));
        Assert.False(progress.IsOutOfPatience(1));
    }

    [Fact]
    public void Only_a_higher_metric_is_better()
    {
        TrainingProgress progress = After(0.2, 0.5, 0.3);
        Assert.Equal(2, progress.BestEpoch);
        Assert.False(progress.IsBest(0.4));
        Assert.False(progress.IsBest(0.5));   // a tie keeps the earlier
        Assert.True(progress.IsBest(0.51));
        Assert.Equal(TimeSpan.FromSeconds(3), progress.Elapsed);
    }

    [Fact]
    public void Patience_counts_from_the_best_epoch()
    {
        TrainingProgress progress = After(0.2, 0.5, 0.3, 0.4);
        Assert.True(progress.IsOutOfPatience(1));
        Assert.True(progress.IsOutOfPatience(2));
        Assert.False(progress.IsOutOfPatience(3));
        Assert.False(progress.IsOutOfPatience(0));   // 0 never stops
    }

    [Fact]
    public void Without_validation_the_last_epoch_is_the_best_and_patience_never_ends()
    {
        TrainingProgress progress = After(double.NaN, double.NaN, double.NaN);
        Assert.Equal(3, progress.BestEpoch);
        Assert.False(progress.IsOutOfPatience(1));
    }

    private static TrainingProgress After(params double[] metrics)
    {
        var progress = new TrainingProgress();
        for (int i = 0; i < metrics.Length; i++)
        {
            progress.Epochs.Add(new EpochMetrics(
                i + 1, 10, 1, metrics[i], progress.IsBest(metrics[i]), 1, TimeSpan.FromSeconds(i + 1), TimeSpan.Zero));
        }

        return progress;
    }
}
