using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>Creates consoles and says whether one can show animation.</summary>
internal static class Terminal
{
    /// <summary>A console that draws on a terminal in colour, and writes plain text without wrapping anywhere else.</summary>
    public static IAnsiConsole Create(TextWriter writer)
    {
        var output = new AnsiConsoleOutput(writer);
        if (output.IsTerminal)
        {
            return AnsiConsole.Create(new AnsiConsoleSettings { Out = output });
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = output,
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        console.Profile.Width = short.MaxValue;
        return console;
    }

    /// <summary>Whether a moving progress bar is possible: on a terminal with cursor control, not in a build log.</summary>
    public static bool CanAnimate(IAnsiConsole console) =>
        console.Profile.Out.IsTerminal && console.Profile.Capabilities.Interactive && console.Profile.Capabilities.Ansi;
}

/// <summary>Writes errors in red, warnings in yellow and log lines without colour; colours only where the writer is a terminal.</summary>
internal sealed class ErrorConsole
{
    private readonly IAnsiConsole _console;

    public ErrorConsole(TextWriter writer) => _console = Terminal.Create(writer);

    /// <summary>The console behind, for the text of a command whose result goes to the standard output.</summary>
    public IAnsiConsole Console => _console;

    public void WriteError(string sentence) => _console.WriteLine(TerminalText.Escape(sentence), new Style(Color.Red));

    public void WriteWarning(string sentence) => _console.WriteLine(TerminalText.Escape(sentence), new Style(Color.Yellow));

    public void WriteLog(string lines)
    {
        foreach (string line in lines.Split('\n'))
        {
            _console.WriteLine(TerminalText.Escape(line.TrimEnd('\r')), Style.Plain);
        }
    }
}
