using Microsoft.ML.Hydra.Cli.Reporting;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Reporting;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("plain Ünïcode 日本 👩‍💻", "plain Ünïcode 日本 👩‍💻")]
    [InlineData("\u001b[2J", "\\u001B[2J")]
    [InlineData("a\rb\nc\td\0\b", "a\\u000Db\\u000Ac\\u0009d\\u0000\\u0008")]
    [InlineData("\u009b31m\u007f", "\\u009B31m\\u007F")]
    [InlineData("\u202egnp.exe\u2066\u2028", "\\u202Egnp.exe\\u2066\\u2028")]
    public void Characters_that_act_on_a_terminal_are_written_as_numbers(string text, string expected) => Assert.Equal(expected, TerminalText.Escape(text));

    [Fact]
    public void Halves_of_a_pair_are_written_as_numbers()
    {
        Assert.Equal("\\uD83D", TerminalText.Escape("\ud83d"));
        Assert.Equal("\\uDC69x", TerminalText.Escape("\udc69x"));
        Assert.Equal("👩\\uDC69", TerminalText.Escape("👩\udc69"));
    }

    [Fact]
    public void Errors_and_warnings_never_write_them_raw()
    {
        using var writer = new StringWriter();
        var errors = new ErrorConsole(writer);
        errors.WriteError("error \u001b[31m");
        errors.WriteWarning("warning \u001b[31m\n");
        errors.WriteLog("line 1 \u001b[31m\nline 2");

        Assert.Equal(
            ["error \\u001B[31m", "warning \\u001B[31m\\u000A", "line 1 \\u001B[31m", "line 2"],
            writer.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }
}
