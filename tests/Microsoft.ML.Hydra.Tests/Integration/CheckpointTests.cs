using Microsoft.ML.Hydra.Tests.Persistence;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>An interrupted fit continues as if it had not been interrupted.</summary>
public sealed class CheckpointTests : IDisposable
{
    private readonly MLContext _mlContext = new(seed: 1);
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Interrupted_and_resumed_learns_the_bits_of_uninterrupted()
    {
        using var uninterrupted = Fit(SmallTraining.Options());
        Interrupt(afterEpoch: 2);
        Assert.Equal(2, _folder.FileNames.Length);

        HydraSequenceRecommendationTrainer.Options options = WithCheckpoints(resume: true);
        var progress = new EpochList();
        options.Progress = progress;
        using var resumed = Fit(options);

        Assert.Equal([3, 4, 5], progress.Epochs.Select(epoch => epoch.Epoch));
        Assert.Equal(Learned(uninterrupted), Learned(resumed));
        Assert.Equal(
            uninterrupted.Model.Epochs.Select(epoch => (epoch.Loss, epoch.ValidationNdcgAt10, epoch.IsBest)),
            resumed.Model.Epochs.Select(epoch => (epoch.Loss, epoch.ValidationNdcgAt10, epoch.IsBest)));
        Assert.Equal(2, _folder.FileNames.Length);
    }

    [Fact]
    public void A_finished_run_resumed_gives_its_model_again()
    {
        using var finished = Fit(WithCheckpoints(resume: false));
        HydraSequenceRecommendationTrainer.Options options = WithCheckpoints(resume: true);
        var progress = new EpochList();
        options.Progress = progress;

        using var again = Fit(options);

        Assert.Empty(progress.Epochs);
        Assert.Equal(Learned(finished), Learned(again));
    }

    [Fact]
    public void Checkpointing_itself_changes_nothing()
    {
        using var without = Fit(SmallTraining.Options());
        using var with = Fit(WithCheckpoints(resume: false));

        Assert.Equal(Learned(without), Learned(with));
    }

    [Fact]
    public void Resuming_from_an_empty_directory_starts_afresh()
    {
        using var fresh = Fit(SmallTraining.Options());
        using var resumed = Fit(WithCheckpoints(resume: true));

        Assert.Equal(Learned(fresh), Learned(resumed));
    }

    [Fact]
    public void A_damaged_checkpoint_is_skipped_for_the_one_before()
    {
        using var uninterrupted = Fit(SmallTraining.Options());
        Interrupt(afterEpoch: 3);
        string newest = _folder[_folder.FileNames[^1]];
        File.WriteAllBytes(newest, File.ReadAllBytes(newest)[..^10]);
        var log = new LogLines(_mlContext);

        using var resumed = Fit(WithCheckpoints(resume: true));

        Assert.Equal(Learned(uninterrupted), Learned(resumed));
        Assert.Contains(newest, Assert.Single(log.Of(Runtime.ChannelMessageKind.Warning)), StringComparison.Ordinal);
    }

    [Fact]
    public void Checkpoints_of_another_run_are_refused()
    {
        Interrupt(afterEpoch: 2);
        HydraSequenceRecommendationTrainer.Options otherSeed = WithCheckpoints(resume: true);
        otherSeed.Seed = 99;
        HydraSequenceRecommendationTrainer.Options otherRate = WithCheckpoints(resume: true);
        otherRate.LearningRate /= 2;

        Assert.Contains("other data or other options", Assert.Throws<InvalidOperationException>(() => Fit(otherSeed)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => Fit(otherRate));
        Assert.Throws<InvalidOperationException>(() => Fit(WithCheckpoints(resume: true), customers: 149));
        Assert.Contains("ResumeFromCheckpoint", Assert.Throws<InvalidOperationException>(() => Fit(WithCheckpoints(resume: false))).Message, StringComparison.Ordinal);
    }

    private void Interrupt(int afterEpoch)
    {
        using var source = new CancellationTokenSource();
        HydraSequenceRecommendationTrainer.Options options = WithCheckpoints(resume: false);
        (options.Progress, options.CancellationToken) = (new EpochList(afterEpoch, source.Cancel), source.Token);
        Assert.Throws<OperationCanceledException>(() => Fit(options));
    }

    private HydraSequenceRecommendationTrainer.Options WithCheckpoints(bool resume)
    {
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.CheckpointDirectory, options.ResumeFromCheckpoint) = (_folder.FullName, resume);
        return options;
    }

    private HydraSequenceRecommendationTransformer Fit(HydraSequenceRecommendationTrainer.Options options, int customers = 150) =>
        _mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(Shelves.Load(_mlContext, Shelves.Texts(customers)));

    private string Learned(ITransformer model) => SavedModel.Save(_mlContext, model).DigestOfLearned();
}
