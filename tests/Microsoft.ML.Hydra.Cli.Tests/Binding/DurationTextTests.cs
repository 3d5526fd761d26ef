using Microsoft.ML.Hydra.Cli.Binding;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Binding;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData("90s", 90)]
    [InlineData("30m", 1800)]
    [InlineData("1h30m", 5400)]
    [InlineData("2D", 172_800)]
    [InlineData("1d1h1m1s", 90_061)]
    public void Durations_are_read_as_people_type_them(string text, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), DurationText.TryParse(text));

    [Theory]
    [InlineData("")]
    [InlineData("0s")]
    [InlineData("5")]
    [InlineData("5x")]
    [InlineData("\u0665s")]
    [InlineData("-5m")]
    [InlineData("1.5h")]
    [InlineData("30m1h")]
    [InlineData("30 m")]
    [InlineData("99999999999999d")]
    public void Anything_else_is_no_duration(string text) => Assert.Null(DurationText.TryParse(text));
}
