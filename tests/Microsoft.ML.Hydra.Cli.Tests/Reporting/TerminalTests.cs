using Microsoft.ML.Hydra.Cli.Reporting;
using Spectre.Console;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Reporting;

public sealed class TerminalTests
{
    [Fact]
    public void A_sentence_that_goes_to_a_file_is_one_line()
    {
        string sentence = string.Join(' ', Enumerable.Repeat("ties in time: 0", 40));
        using var output = new StringWriter();
        Terminal.Create(output).WriteLine(sentence);

        Assert.Equal(sentence, output.ToString().TrimEnd());
    }
}
