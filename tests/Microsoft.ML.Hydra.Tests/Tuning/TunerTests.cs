using Microsoft.ML.Hydra.Options;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Tuning;

/// <summary>What a search makes of the results of its trials.</summary>
public sealed class TunerTests
{
    [Fact]
    public void The_first_trial_is_the_options_to_start_from()
    {
        var trained = new List<TrainerOptions>();
        HydraTuningResult result = FakeTraining.Tune(FakeTraining.Options(trials: 1), options =>
        {
            trained.Add(options);
            return 0.25;
        });

        TrainerOptions reference = FakeTraining.Options(1).TrainerOptions;
        (reference.EmbeddingDimension, reference.LaterTargetRate) = (64, 0);    // what the data make of an open width and rate
        Assert.Equal(OptionsJson.Write(reference), OptionsJson.Write(Assert.Single(trained)));
        Assert.Equal(OptionsJson.Write(reference), OptionsJson.Write(result.BestOptions));
        Assert.Empty(result.Best.Changes);
        Assert.Equal(0, result.Gain);
        Assert.Equal(HydraTuningEnd.MaximumTrials, result.End);
    }

    [Fact]
    public void The_width_that_the_data_give_is_part_of_the_result_and_tried_once()
    {
        HydraTuningResult result = FakeTraining.Tune(
            FakeTraining.Options(trials: 20), FakeTraining.Metric, new HydraSearchSpace().WithChoices("EmbeddingDimension", 64, 128));

        Assert.Equal(64, result.BestOptions.EmbeddingDimension);
        Assert.Equal([0, 1], result.Trials.Select(trial => trial.Configuration).Distinct());
    }

    [Fact]
    public void The_best_trial_is_told_with_its_gain_and_its_options()
    {
        HydraTuningResult result = FakeTraining.Tune(FakeTraining.Options(trials: 14), FakeTraining.Metric);

        Assert.Equal(14, result.Trials.Count);
        Assert.Equal([9, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 3, 9], result.Trials.Select(trial => trial.NumberOfEpochs));
        Assert.Equal(result.Trials.Max(trial => trial.ValidationNdcgAt10), result.Best.ValidationNdcgAt10);
        Assert.Equal(14, result.Best.Number);
        Assert.True(result.Gain > 0);
        Assert.Equal(9, result.BestOptions.NumberOfEpochs);
        Assert.Equal(result.Best.Changes.Single().Value, result.BestOptions.LearningRate);
        Assert.Equal(5, result.BestOptions.Seed);
    }

    [Fact]
    public void Among_equal_trials_the_earliest_is_the_best_and_defaults_are_never_beaten_by_worse()
    {
        Assert.Equal(1, FakeTraining.Tune(FakeTraining.Options(trials: 20), _ => 0.5).Best.Number);
        Assert.Equal(1, FakeTraining.Tune(FakeTraining.Options(trials: 20), options => options.LearningRate == new TrainerOptions().LearningRate ? 0.5 : 0.4).Best.Number);
    }

    [Fact]
    public void Trials_depend_on_the_seed_and_not_on_where_the_search_ends()
    {
        string[] few = Texts(FakeTraining.Options(trials: 12));
        string[] many = Texts(FakeTraining.Options(trials: 30));
        HydraTuningOptions other = FakeTraining.Options(trials: 12);
        other.TrainerOptions.Seed = 6;

        Assert.Equal(few, many[..12]);
        Assert.NotEqual(few, Texts(other));
    }

    [Fact]
    public void A_trial_that_diverges_counts_as_nothing_and_the_search_goes_on()
    {
        HydraTuningResult result = FakeTraining.Tune(FakeTraining.Options(trials: 14), options => options.LearningRate > 0.008 ? null : FakeTraining.Metric(options));

        HydraTrial[] diverged = [.. result.Trials.Where(trial => trial.Failure is not null)];
        Assert.NotEmpty(diverged);
        Assert.All(diverged, trial => Assert.Equal((0, 1, "It diverged."), (trial.ValidationNdcgAt10, trial.NumberOfEpochs, trial.Failure)));
        Assert.Equal(14, result.Trials.Count);
        Assert.Null(result.Best.Failure);
    }

    [Fact]
    public void A_space_that_is_exhausted_ends_the_search()
    {
        HydraTuningResult result = FakeTraining.Tune(
            FakeTraining.Options(trials: 100), _ => 0.5, new HydraSearchSpace().WithChoices("NumberOfLayers", 1, 2, 3));

        Assert.Equal(HydraTuningEnd.SpaceExhausted, result.End);
        Assert.Equal(1 + 2 + 1 + 1, result.Trials.Count);
    }

    [Fact]
    public void Progress_hears_of_every_trial_twice()
    {
        var heard = new List<HydraTrial>();
        HydraTuningOptions options = FakeTraining.Options(trials: 3);
        options.Progress = new ListProgress(heard);
        HydraTuningResult result = FakeTraining.Tune(options, FakeTraining.Metric);

        Assert.Equal([1, 1, 2, 2, 3, 3], heard.Select(trial => trial.Number));
        Assert.Equal([false, true, false, true, false, true], heard.Select(trial => trial.IsFinished));
        Assert.Equal(result.Trials, heard.Where(trial => trial.IsFinished));
        Assert.True(double.IsNaN(heard[0].ValidationNdcgAt10));
    }

    [Fact]
    public void Time_that_is_spent_ends_the_search_and_the_trial_in_progress_counts_nothing()
    {
        HydraTuningOptions options = FakeTraining.Options(trials: 100);
        options.Budget = TimeSpan.FromSeconds(0.5);
        HydraTuningResult result = FakeTraining.Tune(options, trainer =>
        {
            // As a training does: it ends when its token says so.
            if (trainer.NumberOfEpochs == 1)
            {
                trainer.CancellationToken.WaitHandle.WaitOne();
                trainer.CancellationToken.ThrowIfCancellationRequested();
            }

            return 0.5;
        });

        Assert.Equal(HydraTuningEnd.Budget, result.End);
        Assert.Single(result.Trials);
    }

    [Fact]
    public void Time_that_is_spent_before_the_first_trial_is_an_error()
    {
        HydraTuningOptions options = FakeTraining.Options(trials: 100);
        options.Budget = TimeSpan.FromTicks(1);

        string message = Assert.Throws<InvalidOperationException>(() => FakeTraining.Tune(options, FakeTraining.Metric)).Message;

        Assert.StartsWith("The budget of 00:00:00.0000001 was spent before the first trial", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CancellationBehavior.Throw)]
    [InlineData(CancellationBehavior.ReturnBestModel)]
    public void Cancelling_does_what_the_trainers_options_say(CancellationBehavior behavior)
    {
        using var source = new CancellationTokenSource();
        HydraTuningOptions options = FakeTraining.Options(trials: 100);
        (options.TrainerOptions.CancellationToken, options.TrainerOptions.CancellationBehavior) = (source.Token, behavior);
        int trained = 0;
        HydraTuningResult Tune() => FakeTraining.Tune(options, trainer =>
        {
            Assert.Equal(CancellationBehavior.Throw, trainer.CancellationBehavior);
            if (++trained == 4)
            {
                source.Cancel();
            }

            trainer.CancellationToken.ThrowIfCancellationRequested();
            return 0.5;
        });

        if (behavior == CancellationBehavior.Throw)
        {
            Assert.Throws<OperationCanceledException>(Tune);
        }
        else
        {
            HydraTuningResult result = Tune();
            Assert.Equal(HydraTuningEnd.Cancelled, result.End);
            Assert.Equal(3, result.Trials.Count);
            Assert.False(result.BestOptions.CancellationToken.IsCancellationRequested);
        }
    }

    private static string[] Texts(HydraTuningOptions options) => [.. FakeTraining.Tune(options, FakeTraining.Metric).Trials.Select(FakeTraining.Text)];

    private sealed class ListProgress(List<HydraTrial> list) : IProgress<HydraTrial>
    {
        public void Report(HydraTrial value) => list.Add(value);
    }
}
