using Microsoft.ML.Hydra.Cli.Reporting;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Reporting;

public sealed class ShellTextTests
{
    [Theory]
    [InlineData("data/ml-1m.csv.gz", "data/ml-1m.csv.gz")]
    [InlineData("my data.csv", "\"my data.csv\"")]
    [InlineData("a;b", "\"a;b\"")]
    [InlineData("a&b|c", "\"a&b|c\"")]
    [InlineData("(1).csv", "\"(1).csv\"")]
    [InlineData("", "\"\"")]
    public void What_a_shell_would_read_otherwise_stands_in_quotes(string argument, string expected) => Assert.Equal(expected, ShellText.Quote(argument));
}
