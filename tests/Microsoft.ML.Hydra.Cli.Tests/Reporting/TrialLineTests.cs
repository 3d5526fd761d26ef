using Microsoft.ML.Hydra.Cli.Reporting;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Reporting;

public sealed class TrialLineTests
{
    [Fact]
    public void Parts_are_wrapped_at_a_width()
    {
        Assert.Equal(["aa, bb,", "cc"], TrialLine.Wrap(["aa", "bb", "cc"], 9));
        Assert.Equal(["aa, bb, cc"], TrialLine.Wrap(["aa", "bb", "cc"], 10));
        Assert.Equal(["aaaaaa,", "b"], TrialLine.Wrap(["aaaaaa", "b"], 3));
    }
}
