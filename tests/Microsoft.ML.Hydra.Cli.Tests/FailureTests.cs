using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests;

public sealed class FailureTests
{
    [Fact]
    public void Message_is_one_line_without_wrappers_and_parameter_names()
    {
        var inner = new ArgumentException("NumberOfLayers is 0;\n expected 1 to 64.", "options");

        Assert.Equal("NumberOfLayers is 0; expected 1 to 64.", Failure.Describe(new AggregateException(inner)));
    }

    [Fact]
    public void A_wrapped_cancellation_counts_only_when_it_was_requested()
    {
        var wrapped = new InvalidOperationException("stopped", new OperationCanceledException());

        Assert.True(Failure.IsCancellation(wrapped, new CancellationToken(canceled: true)));
        Assert.False(Failure.IsCancellation(wrapped, CancellationToken.None));
        Assert.True(Failure.IsCancellation(new TaskCanceledException(), CancellationToken.None));
    }
}
