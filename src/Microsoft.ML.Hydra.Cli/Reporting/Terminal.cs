using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>Makes the console of the process and tells whether one can be drawn on.</summary>
internal static class Terminal
{
    /// <summary>Wide enough for every table when the output goes to a file or a pipe.</summary>
    private const int RedirectedWidth = 120;

    public static IAnsiConsole CreateOutput()
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings());
        if (!console.Profile.Out.IsTerminal)
        {
            console.Profile.Width = RedirectedWidth;
        }

        return console;
    }

    /// <summary>Whether a moving progress bar makes sense: a terminal with cursor control and not a build log.</summary>
    public static bool CanAnimate(IAnsiConsole console) =>
        console.Profile.Out.IsTerminal && console.Profile.Capabilities.Interactive && console.Profile.Capabilities.Ansi;
}
