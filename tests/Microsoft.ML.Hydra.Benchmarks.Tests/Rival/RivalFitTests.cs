using Microsoft.ML.Hydra.Benchmarks.Peers;
using Microsoft.ML.Hydra.Benchmarks.Rival;
using Xunit;

namespace Microsoft.ML.Hydra.Benchmarks.Tests.Rival;

public sealed class RivalFitTests
{
    [Fact]
    public void It_learns_the_rule()
    {
        using RivalFit fit = Rules.Train();

        Assert.InRange(fit.ValidationNdcgAt10, 0.9, 1);
        Assert.True(fit.Result.Epochs[0].Loss > 2 * fit.Result.Epochs[^1].Loss);
        Assert.Equal(fit.Result.BestEpoch, fit.Result.Epochs.Last(epoch => epoch.IsBest).Epoch);
        Assert.True(fit.ProcessorTime > TimeSpan.Zero);
        Assert.Equal(fit.Options.Sizes(Rules.Items).Parameters(new FusedParts(threads: 1)), fit.NumberOfParameters);
    }

    [Fact]
    public void The_weights_are_those_of_the_best_epoch()
    {
        using RivalFit fit = Rules.Train("Patience=1", "NumberOfEpochs=40");
        using RivalFit again = Rules.Train("NumberOfEpochs=40", "Patience=0");

        Assert.True(fit.Result.Epochs.Count < 40, "patience had no effect");
        Assert.Equal(fit.Result.BestEpoch + 1, fit.Result.Epochs.Count);
        Assert.Equal(40, again.Result.Epochs.Count);
        Assert.Equal(fit.Result.Epochs.Select(epoch => epoch.Loss), again.Result.Epochs.Take(fit.Result.Epochs.Count).Select(epoch => epoch.Loss));
    }

    [Fact]
    public void One_seed_gives_the_same_bits_and_another_does_not()
    {
        using RivalFit first = Rules.Train("NumberOfEpochs=2"), second = Rules.Train("NumberOfEpochs=2"), other = Rules.Train("NumberOfEpochs=2", "Seed=2");

        Assert.Equal(Scores(first, [1, 2, 3]), Scores(second, [1, 2, 3]));
        Assert.NotEqual(Scores(first, [1, 2, 3]), Scores(other, [1, 2, 3]));
        Assert.Equal(first.Result.Epochs.Select(epoch => epoch.Loss), second.Result.Epochs.Select(epoch => epoch.Loss));
    }

    [Fact]
    public void Scores_of_a_batch_are_those_of_each_history_alone()
    {
        using RivalFit fit = Rules.Train("NumberOfEpochs=2");
        int[][] histories = [Rules.History(1, 3), Rules.History(7, 8), Rules.History(9, 1), Rules.History(4, 30), Rules.History(2, 5)];
        float[] together = Scores(fit, histories);

        for (int i = 0; i < histories.Length; i++)
        {
            float[] alone = Scores(fit, histories[i]);
            Assert.All(alone.Zip(together.Skip(i * alone.Length)), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        }
    }

    [Fact]
    public void Of_a_history_longer_than_a_window_the_last_events_count()
    {
        using RivalFit fit = Rules.Train("NumberOfEpochs=2");
        int[] history = Rules.History(4, 30);

        Assert.Equal(Scores(fit, history[^8..]), Scores(fit, history));
        Assert.NotEqual(Scores(fit, history[^7..]), Scores(fit, history));
    }

    private static float[] Scores(RivalFit fit, params int[][] histories)
    {
        var scores = new float[histories.Length * (Rules.Items + 1)];
        fit.Score([.. histories.SelectMany(h => h)], [], [0, .. histories.Select((_, i) => histories.Take(i + 1).Sum(h => h.Length))], scores);
        return scores;
    }
}
