using Microsoft.ML.Hydra.Cli.Reporting;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Reporting;

public sealed class ShellTextTests
{
    [Theory]
    [InlineData("data/ml-1m.csv.gz", "data/ml-1m.csv.gz")]
    [InlineData("my data.csv", "'my data.csv'")]
    [InlineData("data$1.csv", "'data$1.csv'")]
    [InlineData("a;b&c|(d)`e`!", "'a;b&c|(d)`e`!'")]
    [InlineData("say \"it\"", "'say \"it\"'")]
    [InlineData("it's", "'it'\\''s'")]
    [InlineData("", "''")]
    public void Text_that_a_shell_may_interpret_is_quoted(string argument, string expected) =>
        Assert.Equal(expected, ShellText.Quote(argument, windows: false));

    [Theory]
    [InlineData(@"C:\data\ml-1m.csv", @"C:\data\ml-1m.csv")]
    [InlineData(@"C:\my data.csv", "\"C:\\my data.csv\"")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("@options", "\"@options\"")]
    public void Windows_has_other_quotes(string argument, string expected) => Assert.Equal(expected, ShellText.Quote(argument, windows: true));
}
