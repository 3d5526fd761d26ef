using Microsoft.ML.Hydra.Cli.Reporting;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Reporting;

public sealed class ProtocolTextTests
{
    [Fact]
    public void Protocol_names_split_ranking_catalogue_and_validation()
    {
        string text = ProtocolText.Describe(new(), 3416);

        Assert.StartsWith("Leave-last-out", text, StringComparison.Ordinal);
        Assert.Contains("full ranking over 3416 items", text, StringComparison.Ordinal);
        Assert.Contains("validation on the second last item, Hydra's weights are trained on the rest", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Protocol_says_when_validation_is_sampled_or_absent()
    {
        Assert.Contains(
            "second last item of 500 sampled users", ProtocolText.Describe(new() { MaximumValidationSequences = 500 }, 1), StringComparison.Ordinal);
        Assert.Contains(
            "no validation", ProtocolText.Describe(new() { Validation = SequenceValidation.None }, 1), StringComparison.Ordinal);
    }
}
