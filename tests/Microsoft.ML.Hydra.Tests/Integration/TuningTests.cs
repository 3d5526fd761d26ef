using System.Diagnostics;
using Microsoft.ML.Hydra.Tests.Persistence;
using Microsoft.ML.Hydra.Tests.Tuning;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>Searches that train.</summary>
public sealed class TuningTests : IDisposable
{
    private readonly MLContext _mlContext = new();
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_result_trains_the_best_trials_model_again_and_is_no_worse_than_the_defaults()
    {
        HydraTuningResult result = Tune(SmallTuning.Options());

        Assert.Equal(SmallTuning.NumberOfTrials, result.Trials.Count);
        Assert.Equal([4, 1, 1, 1, 1, 2, 2, 4], result.Trials.Select(trial => trial.NumberOfEpochs));
        Assert.True(result.Gain >= 0);
        Assert.Equal(result.Trials.Max(trial => trial.ValidationNdcgAt10), result.Best.ValidationNdcgAt10);

        using var model = _mlContext.SequenceRecommendation().Trainers.Hydra(result.BestOptions).Fit(TrainSet());
        Assert.Equal(result.Best.ValidationNdcgAt10, model.Model.ValidationNdcgAt10);
        Assert.Equal(result.Best.BestEpoch, model.Model.BestEpoch);

        using var defaults = _mlContext.SequenceRecommendation().Trainers.Hydra(SmallTuning.Options().TrainerOptions).Fit(TrainSet());
        Assert.Equal(result.Trials[0].ValidationNdcgAt10, defaults.Model.ValidationNdcgAt10);
    }

    [Fact]
    public async Task A_search_killed_and_resumed_has_the_trials_of_an_uninterrupted_one()
    {
        using (Process process = SecondProcess.Start(SecondProcess.WithTorch, "tune", _folder.FullName))
        {
            // In the middle of a trial, whose checkpoint of the first epoch is there.
            string? line;
            do
            {
                line = await process.StandardOutput.ReadLineAsync().WaitAsync(SecondProcess.Limit);
                Assert.True(line is not null, $"The second process ended: {(line is null ? await process.StandardError.ReadToEndAsync() : "")}");
            }
            while (line != "trial 6, epoch 1 of 2");

            process.Kill();
            await process.WaitForExitAsync().WaitAsync(SecondProcess.Limit);
        }

        Assert.True(Directory.Exists(_folder["trial-0006"]));
        var epochs = new EpochList();
        HydraTuningOptions options = SmallTuning.Options(_folder.FullName, resume: true);
        options.TrainerOptions.Progress = epochs;
        HydraTuningResult resumed = Tune(options);

        Assert.Equal(Texts(Tune(SmallTuning.Options())), Texts(resumed));
        Assert.Equal(2, epochs.Epochs[0].Epoch);   // the trial went on from its checkpoint
        Assert.Empty(Directory.GetDirectories(_folder.FullName));
    }

    [Fact]
    public void A_rate_that_diverges_is_a_trial_without_a_result()
    {
        HydraTuningOptions options = SmallTuning.Options();
        (options.MaximumTrials, options.TrainerOptions.MaximumGradientNorm) = (2, 0);

        HydraTuningResult result = Tune(options, new HydraSearchSpace().WithChoices("LearningRate", 1e30));

        Assert.Contains("Training diverged", result.Trials[1].Failure, StringComparison.Ordinal);
        Assert.Equal(0, result.Trials[1].ValidationNdcgAt10);
        Assert.Equal(1, result.Best.Number);
    }

    [Fact]
    public void Time_ends_a_training_in_its_middle()
    {
        // One step an event: the second trial would take far longer than the second that is left to it.
        HydraSearchSpace space = new HydraSearchSpace().WithChoices("MaximumTokensPerBatch", 1);
        HydraTuningOptions options = SmallTuning.Options(_folder.FullName);
        (options.MaximumTrials, options.TrainerOptions.MaximumTokensPerBatch) = (1, 100_000);
        IDataView trainSet = Shelves.Load(_mlContext, Shelves.Texts(customers: 5000));
        HydraTrial first = _mlContext.SequenceRecommendation().Tune(trainSet, space, options).Best;

        (options.MaximumTrials, options.Resume, options.Budget) = (2, true, first.Duration + TimeSpan.FromSeconds(1));
        HydraTuningResult result = _mlContext.SequenceRecommendation().Tune(trainSet, space, options);

        Assert.Equal(HydraTuningEnd.Budget, result.End);
        Assert.Single(result.Trials);
    }

    [Fact]
    public void Cancelling_the_search_ends_the_training_in_progress()
    {
        using var source = new CancellationTokenSource();
        HydraTuningOptions options = SmallTuning.Options();
        (options.TrainerOptions.Progress, options.TrainerOptions.CancellationToken) = (new EpochList(2, source.Cancel), source.Token);

        Assert.Throws<OperationCanceledException>(() => Tune(options));
    }

    private HydraTuningResult Tune(HydraTuningOptions options, HydraSearchSpace? space = null) =>
        _mlContext.SequenceRecommendation().Tune(TrainSet(), space ?? SmallTuning.Space(), options);

    private IDataView TrainSet() => Shelves.Load(_mlContext, Shelves.Texts());

    private static string[] Texts(HydraTuningResult result) => [.. result.Trials.Select(FakeTraining.Text)];
}
