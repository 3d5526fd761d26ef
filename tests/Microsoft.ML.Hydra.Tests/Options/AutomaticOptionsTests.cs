using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Tests.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Options;

public sealed class AutomaticOptionsTests
{
    [Theory]
    [InlineData(1_000, 1024, 0.006, 0.5)]
    [InlineData(98_000, 1531, 0.006, 0.5)]
    [InlineData(100_000, 1562, 0.006, 0.5)]
    [InlineData(150_000, 1600, 0.004, 0.5)]
    [InlineData(200_000, 1600, 0.003, 0.5)]
    [InlineData(447_214, 1600, 0.003, 0.35)]
    [InlineData(1_000_000, 1600, 0.003, 0.2)]
    [InlineData(20_000_000, 1600, 0.003, 0.2)]
    public void What_is_left_open_follows_the_number_of_events(int events, int tokens, double rate, double dropout)
    {
        ResolvedOptions resolved = Resolve(new TrainerOptions(), Events(events));
        Assert.Equal((tokens, rate, dropout), (resolved.MaximumTokensPerBatch, resolved.LearningRate, resolved.DropoutRate));
        Assert.Equal(
            FormattableString.Invariant(
                $"EmbeddingDimension 64, LaterTargetRate 0.0, MaximumTokensPerBatch {tokens}, LearningRate {rate}, DropoutRate {dropout:F2}"),
            resolved.Chosen);
    }

    [Theory]
    [InlineData(98_000, 980, 1531, 0.006)]
    [InlineData(200_000, 2_000, 3125, 0.006)]
    [InlineData(200_000, 2_001, 1600, 0.003)]
    [InlineData(447_214, 4_472, 6400, 0.006)]
    [InlineData(20_000_000, 26_000, 6400, 0.006)]
    public void Many_events_for_each_item_keep_large_batches_at_the_usual_rate(int events, int items, int tokens, double rate)
    {
        ResolvedOptions resolved = Resolve(new TrainerOptions(), Events(events, items));
        Assert.Equal((tokens, rate), (resolved.MaximumTokensPerBatch, resolved.LearningRate));
    }

    [Theory]
    [InlineData(1_600, 0.003)]
    [InlineData(1_601, 0.006)]
    public void The_lower_rate_is_for_small_batches_only(int tokens, double rate) => Assert.Equal(
        rate, Resolve(new TrainerOptions { MaximumTokensPerBatch = tokens }, Events(200_000)).LearningRate);

    [Fact]
    public void Later_targets_keep_large_batches_at_the_usual_rate()
    {
        ResolvedOptions resolved = Resolve(new TrainerOptions { LaterTargetRate = 0.5 }, Events(200_000));
        Assert.Equal((3125, 0.006), (resolved.MaximumTokensPerBatch, resolved.LearningRate));
    }

    [Fact]
    public void What_is_set_stays_and_the_original_is_not_touched()
    {
        var options = new TrainerOptions { EmbeddingDimension = 32, MaximumTokensPerBatch = 77, LearningRate = 0.5, DropoutRate = 0, LaterTargetRate = 0.1 };
        ResolvedOptions resolved = Resolve(options, Events(1_000));
        Assert.Equal(
            (32, 77, 0.5, 0.0, 0.1),
            (resolved.All.EmbeddingDimension, resolved.MaximumTokensPerBatch, resolved.LearningRate, resolved.DropoutRate, resolved.LaterTargetRate));
        Assert.Empty(resolved.Chosen);

        var open = new TrainerOptions { Seed = 1 };
        _ = AutomaticOptions.Resolve(open, Events(1_000), null, () => { });
        Assert.Equal(
            (0, 0, null, null, null), (open.EmbeddingDimension, open.MaximumTokensPerBatch, open.LearningRate, open.DropoutRate, open.LaterTargetRate));
    }

    [Theory]
    [InlineData(499_999, 1, 64)]
    [InlineData(500_000, 5_000, 128)]
    [InlineData(500_000, 5_001, 64)]
    [InlineData(20_000_000, 26_000, 128)]
    public void Many_events_for_each_item_make_a_wide_model(int events, int items, int width)
    {
        Assert.Equal(width, Resolve(new TrainerOptions(), Events(events, items)).All.EmbeddingDimension);
    }

    [Fact]
    public void A_model_that_is_trained_on_keeps_its_width() => Assert.Equal(
        48, Resolve(new TrainerOptions { InnerHeadDimension = 8 }, Events(1_000_000, 10), new TrainerOptions { EmbeddingDimension = 48 }).All.EmbeddingDimension);

    [Theory]
    [InlineData(true, 0.0)]
    [InlineData(false, 0.5)]
    public void Targets_may_come_later_where_order_says_little(bool ordered, double rate)
    {
        SequenceDataset data = OrderedOrNot.Sequences(ordered, 2000);
        Assert.Equal(rate, Resolve(new TrainerOptions(), data).LaterTargetRate);
        Assert.Equal(0.2, Resolve(new TrainerOptions(), data, new TrainerOptions { EmbeddingDimension = 64, LaterTargetRate = 0.2 }).LaterTargetRate);
    }

    private static ResolvedOptions Resolve(TrainerOptions options, SequenceDataset data, TrainerOptions? earlier = null)
    {
        TrainerOptions seeded = options.Copy();
        seeded.Seed = 1;
        return AutomaticOptions.Resolve(seeded, data, earlier, () => { });
    }

    // By default with more items than can have many events each
    private static SequenceDataset Events(int count, int items = 1_000_000) => new(new int[count], [0, count], items);
}
