using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>Makes consoles and tells whether one can be drawn on.</summary>
internal static class Terminal
{
    /// <summary>Wide enough for every table when the output goes to a file or a pipe.</summary>
    public const int TableWidth = 120;

    /// <summary>A console that draws on a terminal in colour, and writes plain text anywhere else.</summary>
    public static IAnsiConsole Create(TextWriter writer, int widthWhenRedirected = TableWidth)
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
        console.Profile.Width = widthWhenRedirected;
        return console;
    }

    /// <summary>Whether a moving progress bar makes sense: a terminal with cursor control and not a build log.</summary>
    public static bool CanAnimate(IAnsiConsole console) =>
        console.Profile.Out.IsTerminal && console.Profile.Capabilities.Interactive && console.Profile.Capabilities.Ansi;
}
