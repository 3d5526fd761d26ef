using Microsoft.ML.Hydra.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Training;

public sealed class LearningRateScheduleTests
{
    [Theory]
    [InlineData(0, 0, 0.5)]           // the first of four steps up
    [InlineData(2, 0, 1.5)]
    [InlineData(3, 0, 2)]
    [InlineData(100, 0, 2)]
    [InlineData(100, 0.5, 1.1)]       // half way between 2 and 0.2
    [InlineData(100, 1, 0.2)]
    [InlineData(1, 0.5, 0.55)]
    [InlineData(100, 0.25, 1.7363961030678928)]   // 0.2 + 0.9 (1 + √½)
    public void Rises_and_falls_as_written(long step, double progress, double expected) =>
        Assert.Equal(expected, new LearningRateSchedule(2, 4, 0.1).At(step, progress), 1e-12);

    [Fact]
    public void Without_warm_up_it_starts_at_the_peak() => Assert.Equal(2, new LearningRateSchedule(2, 0, 0.1).At(0, 0), 1e-12);

    [Fact]
    public void A_final_share_of_1_keeps_the_peak() => Assert.Equal(2, new LearningRateSchedule(2, 0, 1).At(9, 0.7), 1e-12);
}
