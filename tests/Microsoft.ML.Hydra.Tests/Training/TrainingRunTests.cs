using Microsoft.ML.Hydra.Tests.Items;
using Microsoft.ML.Hydra.Tests.Persistence;
using Microsoft.ML.Hydra.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Training;

public sealed class TrainingRunTests
{
    [Theory]
    [InlineData(SequenceLoss.Softmax, false)]
    [InlineData(SequenceLoss.SampledSoftmax, true)]
    [InlineData(SequenceLoss.BinaryCrossEntropy, false)]
    public void The_seed_decides_every_bit(SequenceLoss loss, bool rotary)
    {
        SmallRun Run(int seed) => new(SmallRun.SmallOptions(o => (o.Seed, o.Loss, o.UseItemGate, o.UseRotaryGate, o.NumberOfNegatives) = (seed, loss, rotary, rotary, 20)));
        TrainingResult one = Run(1).Train(), same = Run(1).Train(), other = Run(2).Train();

        SmallRun.AssertSameWeights(one.Weights, same.Weights);
        Assert.Equal(Timeless(one), Timeless(same));
        Assert.True(SmallRun.Differ(one.Weights, other.Weights));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public void Leaving_out_what_users_return_to_deserves_a_warning(bool excludeSeenItems, int warnings)
    {
        // One of three held-out items is in its history.
        var run = new SmallRun(SmallRun.SmallOptions(o => (o.NumberOfEpochs, o.ExcludeSeenItems) = (1, excludeSeenItems)))
        {
            Data = SampleSequences.Of(6, [1, 2, 3, 1], [2, 3, 4, 5], [3, 4, 5, 6]),
        };
        run.Train();

        Assert.Equal(warnings, run.Warnings.Count);
        Assert.All(run.Warnings, text => Assert.StartsWith("Of the held-out items 33 % are in the history before them", text, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_epoch_is_told_and_the_loss_falls()
    {
        var run = new SmallRun(SmallRun.SmallOptions(o => o.NumberOfEpochs = 8));
        TrainingResult result = run.Train();

        Assert.Equal(result.Epochs, run.Epochs);
        Assert.Equal(Enumerable.Range(1, 8), result.Epochs.Select(e => e.Epoch));
        Assert.All(result.Epochs, e => Assert.True(e.NumberOfEpochs == 8 && e.Elapsed > TimeSpan.Zero && e.Remaining >= TimeSpan.Zero && e.SequencesPerSecond > 0));
        Assert.Equal(TimeSpan.Zero, result.Epochs[^1].Remaining);
        Assert.Equal(result.Epochs.Select(e => e.Elapsed).Order(), result.Epochs.Select(e => e.Elapsed));
        Assert.True(result.Epochs[^1].Loss < 0.85 * result.Epochs[0].Loss, $"{result.Epochs[0].Loss} to {result.Epochs[^1].Loss}");
        Assert.Equal(result.Epochs.Last(e => e.ValidationNdcgAt10 == result.Epochs.Max(x => x.ValidationNdcgAt10) && e.IsBest).Epoch, result.BestEpoch);
        Assert.Equal((1, 1), (run.Steps[0].epoch, run.Steps[0].batch));
        Assert.All(run.Steps.GroupBy(s => s.epoch), epoch => Assert.Equal(epoch.First().batches, epoch.Count()));
    }

    [Fact]
    public void The_weights_are_those_of_the_best_epoch()
    {
        TrainingResult whole = new SmallRun(SmallRun.SmallOptions(o => (o.NumberOfEpochs, o.LearningRate) = (12, 0.05))).Train();
        Assert.InRange(whole.BestEpoch, 1, 11);   // else this shows nothing

        // The same run cut off right after its best epoch.
        TrainingResult cut = new SmallRun(SmallRun.SmallOptions(o => (o.NumberOfEpochs, o.LearningRate, o.CancellationBehavior) = (12, 0.05, CancellationBehavior.ReturnBestModel)))
        {
            IsCancelled = run => run.Epochs.Count == whole.BestEpoch,
        }.Train();
        SmallRun.AssertSameWeights(cut.Weights, whole.Weights);
    }

    [Fact]
    public void Without_validation_the_last_epoch_is_returned()
    {
        var run = new SmallRun(SmallRun.SmallOptions(o => (o.Validation, o.Patience) = (SequenceValidation.None, 1)));
        TrainingResult result = run.Train();
        Assert.Equal((4, 4), (result.BestEpoch, result.Epochs.Count));
        Assert.All(result.Epochs, e => Assert.True(double.IsNaN(e.ValidationNdcgAt10) && e.IsBest));
    }

    [Fact]
    public void The_number_of_validation_sequences_changes_what_is_held_out()
    {
        double[] Metrics(int maximum) => [.. new SmallRun(SmallRun.SmallOptions(o => (o.MaximumValidationSequences, o.NumberOfEpochs) = (maximum, 2))).Train()
            .Epochs.Select(e => e.ValidationNdcgAt10)];

        // One sequence: the metric is 0 or 1 / log2(rank + 1).
        double[] possible = [0, .. Enumerable.Range(1, 10).Select(rank => 1 / Math.Log2(rank + 1))];
        Assert.All(Metrics(1), value => Assert.Contains(value, possible));
        Assert.All(Metrics(0), value => Assert.DoesNotContain(value, possible));
        Assert.Equal(Metrics(0), Metrics(1000));
    }

    [Fact]
    public void Patience_ends_a_run_that_does_not_get_better()
    {
        TrainingResult result = new SmallRun(SmallRun.SmallOptions(o => (o.LearningRate, o.NumberOfEpochs, o.Patience) = (1e-30, 50, 3))).Train();
        Assert.Equal((1, 4), (result.BestEpoch, result.Epochs.Count));
    }

    [Fact]
    public void Short_sequences_alone_can_be_learned_from()
    {
        var run = new SmallRun(SmallRun.SmallOptions()) { Data = SampleSequences.Of(2, [1, 2], [2, 1], [1]) };
        Assert.Equal(4, run.Train().BestEpoch);   // nothing to validate on: the last
    }

    [Fact]
    public void A_cancelled_run_throws()
    {
        var run = new SmallRun(SmallRun.SmallOptions()) { IsCancelled = r => r.Steps.Count == 3 };
        Assert.Throws<OperationCanceledException>(run.Train);
        Assert.Equal(3, run.Steps.Count);   // not one step more
    }

    [Fact]
    public void A_cancelled_run_may_return_its_best_model()
    {
        TrainerOptions options = SmallRun.SmallOptions(o => o.CancellationBehavior = CancellationBehavior.ReturnBestModel);
        var run = new SmallRun(options) { IsCancelled = r => r.Epochs.Count == 2 };
        TrainingResult result = run.Train();
        Assert.Equal(2, result.Epochs.Count);
        Assert.InRange(result.BestEpoch, 1, 2);
        Assert.Equal($"Training was cancelled; the model of epoch {result.BestEpoch} is returned.", run.Warnings[^1]);
        SmallRun.AssertSameWeights(result.Weights, result.Weights);

        Assert.Throws<OperationCanceledException>(new SmallRun(options) { IsCancelled = r => r.Steps.Count == 1 }.Train);
    }

    [Theory]
    [InlineData(1, 0, SequenceLoss.Softmax)]
    [InlineData(3, 0, SequenceLoss.SampledSoftmax)]
    [InlineData(2, 2, SequenceLoss.Softmax)]
    [InlineData(0, 2, SequenceLoss.BinaryCrossEntropy)]
    public void A_resumed_run_is_the_uninterrupted_one(int epochs, int steps, SequenceLoss loss)
    {
        using var directory = new TemporaryDirectory();
        Action<TrainerOptions> change = o => (o.Loss, o.NumberOfEpochs, o.NumberOfNegatives) = (loss, 5, 20);
        TrainingResult expected = new SmallRun(SmallRun.SmallOptions(change)).Train();

        var first = new SmallRun(SmallRun.SmallOptions(change + (o => o.CheckpointDirectory = directory.FullName)))
        {
            IsCancelled = r => r.Epochs.Count >= epochs && r.Steps.Count(s => s.epoch == epochs + 1) >= steps,
        };
        Assert.Throws<OperationCanceledException>(first.Train);
        Assert.Equal((epochs, steps), (first.Epochs.Count, first.Steps.Count(s => s.epoch == epochs + 1)));
        var second = new SmallRun(SmallRun.SmallOptions(change + Resume(directory)));
        TrainingResult resumed = second.Train();

        SmallRun.AssertSameWeights(expected.Weights, resumed.Weights);
        Assert.Equal(Timeless(expected), Timeless(resumed));
        Assert.Equal(expected.BestEpoch, resumed.BestEpoch);
        Assert.Equal(Enumerable.Range(epochs + 1, 5 - epochs), second.Epochs.Select(e => e.Epoch));
        Assert.Equal(resumed.Epochs.Select(e => e.Elapsed).Order(), resumed.Epochs.Select(e => e.Elapsed));
    }

    [Fact]
    public void A_run_without_validation_resumes_too()
    {
        using var directory = new TemporaryDirectory();
        Action<TrainerOptions> change = o => o.Validation = SequenceValidation.None;
        TrainingResult expected = new SmallRun(SmallRun.SmallOptions(change)).Train();
        Assert.Throws<OperationCanceledException>(
            new SmallRun(SmallRun.SmallOptions(change + (o => o.CheckpointDirectory = directory.FullName))) { IsCancelled = r => r.Epochs.Count == 2 }.Train);
        TrainingResult resumed = new SmallRun(SmallRun.SmallOptions(change + Resume(directory))).Train();
        SmallRun.AssertSameWeights(expected.Weights, resumed.Weights);
        Assert.Equal(Timeless(expected), Timeless(resumed));
    }

    [Fact]
    public void A_finished_run_resumes_without_a_step()
    {
        using var directory = new TemporaryDirectory();
        TrainingResult expected = new SmallRun(SmallRun.SmallOptions(o => o.CheckpointDirectory = directory.FullName)).Train();
        var again = new SmallRun(SmallRun.SmallOptions(Resume(directory)));
        SmallRun.AssertSameWeights(expected.Weights, again.Train().Weights);
        Assert.Empty(again.Steps);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_latest_checkpoints_are_kept(int count)
    {
        using var directory = new TemporaryDirectory();
        new SmallRun(SmallRun.SmallOptions(o => (o.CheckpointDirectory, o.NumberOfCheckpoints) = (directory.FullName, count))).Train();
        Assert.Equal(Enumerable.Range(5 - count, count).Select(epoch => $"epoch-00000{epoch}.safetensors"), directory.FileNames);
    }

    [Fact]
    public void A_damaged_checkpoint_is_told_and_the_one_before_it_taken()
    {
        using var directory = new TemporaryDirectory();
        TrainingResult expected = new SmallRun(SmallRun.SmallOptions()).Train();
        new SmallRun(SmallRun.SmallOptions(o => o.CheckpointDirectory = directory.FullName)).Train();
        File.WriteAllBytes(directory["epoch-000004.safetensors"], File.ReadAllBytes(directory["epoch-000004.safetensors"])[..^9]);

        var resumed = new SmallRun(SmallRun.SmallOptions(Resume(directory)));

        SmallRun.AssertSameWeights(expected.Weights, resumed.Train().Weights);
        Assert.Equal(4, Assert.Single(resumed.Epochs).Epoch);
        Assert.Single(resumed.Warnings, text => text.Contains("epoch-000004", StringComparison.Ordinal));
    }

    [Fact]
    public void Another_run_s_checkpoints_are_refused()
    {
        using var directory = new TemporaryDirectory();
        Assert.Throws<OperationCanceledException>(
            new SmallRun(SmallRun.SmallOptions(o => o.CheckpointDirectory = directory.FullName)) { IsCancelled = r => r.Epochs.Count == 1 }.Train);
        TrainerOptions same = SmallRun.SmallOptions(Resume(directory));
        SmallRun[] others =
        [
            new(same) { Data = SampleSequences.Walks(2) },
            new(SmallRun.SmallOptions(Resume(directory) + (o => o.Seed = 8))),
            new(SmallRun.SmallOptions(Resume(directory) + (o => o.LearningRate = 0.02))),
            new(same) { WarmStart = new WarmStart(new SmallRun(SmallRun.SmallOptions(o => o.NumberOfEpochs = 1)).Train().Weights, [0]) },
        ];

        Assert.All(others, other => Assert.StartsWith(
            "CheckpointDirectory holds a checkpoint of a run with other data or other options; resume with the same data and options, or choose an empty directory.",
            Assert.Throws<InvalidOperationException>(other.Train).Message,
            StringComparison.Ordinal));
    }

    [Fact]
    public void A_fresh_run_leaves_checkpoints_alone()
    {
        using var directory = new TemporaryDirectory();
        TrainerOptions options = SmallRun.SmallOptions(o => o.CheckpointDirectory = directory.FullName);
        new SmallRun(options).Train();
        string[] files = directory.FileNames;
        Assert.Equal(
            $"CheckpointDirectory '{directory.FullName}' already holds checkpoints; set ResumeFromCheckpoint = true to continue that run, or choose an empty directory.",
            Assert.Throws<InvalidOperationException>(new SmallRun(options).Train).Message);
        Assert.Equal(files, directory.FileNames);
    }

    private static Action<TrainerOptions> Resume(TemporaryDirectory directory) =>
        o => (o.CheckpointDirectory, o.ResumeFromCheckpoint) = (directory.FullName, true);

    // What must be the same however long it took.
    private static (int, double, double, bool)[] Timeless(TrainingResult result) =>
        [.. result.Epochs.Select(e => (e.Epoch, e.Loss, e.ValidationNdcgAt10, e.IsBest))];
}
