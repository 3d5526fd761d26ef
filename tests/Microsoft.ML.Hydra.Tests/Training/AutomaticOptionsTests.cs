using Microsoft.ML.Hydra.Data;
using Microsoft.ML.Hydra.Training;
using Xunit;
using Options = Microsoft.ML.Hydra.HydraSequenceRecommendationTrainer.Options;

namespace Microsoft.ML.Hydra.Tests.Training;

public sealed class AutomaticOptionsTests
{
    [Theory]
    [InlineData(1_000, 1024, 0.5)]
    [InlineData(98_000, 1531, 0.5)]
    [InlineData(200_000, 3125, 0.5)]
    [InlineData(447_214, 6400, 0.35)]
    [InlineData(1_000_000, 6400, 0.2)]
    [InlineData(20_000_000, 6400, 0.2)]
    public void What_is_left_open_follows_the_number_of_events(int events, int tokens, double dropout)
    {
        Options resolved = AutomaticOptions.Resolve(new Options(), Events(events), null, Go, out string chosen);
        Assert.Equal((tokens, dropout), (resolved.MaximumTokensPerBatch, resolved.DropoutRate));
        Assert.Equal(FormattableString.Invariant($"EmbeddingDimension 64, MaximumTokensPerBatch {tokens}, DropoutRate {dropout:F2}, LaterTargetRate 0.0"), chosen);
    }

    [Fact]
    public void What_is_set_stays_and_the_original_is_not_touched()
    {
        var options = new Options { EmbeddingDimension = 32, MaximumTokensPerBatch = 77, DropoutRate = 0, LaterTargetRate = 0.1 };
        Options resolved = AutomaticOptions.Resolve(options, Events(1_000), null, Go, out string chosen);
        Assert.Equal((32, 77, 0.0, 0.1), (resolved.EmbeddingDimension, resolved.MaximumTokensPerBatch, resolved.DropoutRate, resolved.LaterTargetRate));
        Assert.Empty(chosen);

        var open = new Options();
        _ = AutomaticOptions.Resolve(open, Events(1_000), null, Go, out _);
        Assert.Equal((0, 0, null, null), (open.EmbeddingDimension, open.MaximumTokensPerBatch, open.DropoutRate, open.LaterTargetRate));
    }

    [Theory]
    [InlineData(499_999, 1, 64)]
    [InlineData(500_000, 5_000, 128)]
    [InlineData(500_000, 5_001, 64)]
    [InlineData(20_000_000, 26_000, 128)]
    public void Many_events_for_each_item_make_a_wide_model(int events, int items, int width)
    {
        Assert.Equal(width, AutomaticOptions.Resolve(new Options(), Events(events, items), null, Go, out _).EmbeddingDimension);
    }

    [Fact]
    public void A_model_that_is_trained_on_keeps_its_width() => Assert.Equal(
        48, AutomaticOptions.Resolve(new Options(), Events(1_000_000, 10), new Options { EmbeddingDimension = 48 }, Go, out _).EmbeddingDimension);

    [Theory]
    [InlineData(true, 0.0)]
    [InlineData(false, 0.5)]
    public void Targets_may_come_later_where_order_says_little(bool ordered, double rate)
    {
        SequenceDataset data = OrderedOrNot.Sequences(ordered, 2000);
        Assert.Equal(rate, AutomaticOptions.Resolve(new Options(), data, null, Go, out _).LaterTargetRate);
        Assert.Equal(0.2, AutomaticOptions.Resolve(new Options(), data, new Options { LaterTargetRate = 0.2 }, Go, out _).LaterTargetRate);
    }

    private static void Go()
    {
    }

    // By default with more items than a wide model may have
    private static SequenceDataset Events(int count, int items = 1_000_000) => new(new int[count], [0, count], items);
}
