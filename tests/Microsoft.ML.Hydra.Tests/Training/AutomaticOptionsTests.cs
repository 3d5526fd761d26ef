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
        Options resolved = AutomaticOptions.Resolve(new Options(), Events(events), out string chosen);
        Assert.Equal((tokens, dropout), (resolved.MaximumTokensPerBatch, resolved.DropoutRate));
        Assert.Equal(FormattableString.Invariant($"MaximumTokensPerBatch {tokens}, DropoutRate {dropout:F2}"), chosen);
    }

    [Fact]
    public void What_is_set_stays_and_the_original_is_not_touched()
    {
        var options = new Options { MaximumTokensPerBatch = 77, DropoutRate = 0 };
        Options resolved = AutomaticOptions.Resolve(options, Events(1_000), out string chosen);
        Assert.Equal((77, 0.0, ""), (resolved.MaximumTokensPerBatch, resolved.DropoutRate, chosen));

        var open = new Options();
        _ = AutomaticOptions.Resolve(open, Events(1_000), out _);
        Assert.Equal((0, null), (open.MaximumTokensPerBatch, open.DropoutRate));
    }

    private static Hydra.Data.SequenceDataset Events(int count) => new(new int[count], [0, count], 1);
}
