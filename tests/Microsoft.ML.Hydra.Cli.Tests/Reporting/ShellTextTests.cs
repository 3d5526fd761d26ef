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
    public void What_a_shell_would_read_otherwise_stands_in_quotes(string argument, string expected) =>
        Assert.Equal(expected, ShellText.Quote(argument, windows: false));

    [Theory]
    [InlineData(@"C:\data\ml-1m.csv", @"C:\data\ml-1m.csv")]
    [InlineData(@"C:\my data.csv", "\"C:\\my data.csv\"")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("@options", "\"@options\"")]
    public void Windows_has_its_own_quotes(string argument, string expected) => Assert.Equal(expected, ShellText.Quote(argument, windows: true));
}
