using Spectre.Console;

namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>Writes errors in red, warnings in yellow and log lines plainly; colours only where the writer is a terminal.</summary>
internal sealed class ErrorConsole
{
    private readonly IAnsiConsole _console;

    public ErrorConsole(TextWriter writer)
    {
        // A sentence that ends in a file is not broken into lines.
        _console = Terminal.Create(writer, widthWhenRedirected: short.MaxValue);
    }

    public void WriteError(string sentence) => _console.WriteLine(sentence, new Style(Color.Red));

    public void WriteWarning(string sentence) => _console.WriteLine(sentence, new Style(Color.Yellow));

    public void WriteLog(string line) => _console.WriteLine(line, Style.Plain);
}
