using Microsoft.ML.Hydra.Cli.Reporting;

namespace Microsoft.ML.Hydra.Cli.Tests;

/// <summary>One run of the command line inside the test process, with its output.</summary>
/// <param name="ExitCode">What the process would return.</param>
/// <param name="Output">Results and progress.</param>
/// <param name="Error">Errors, warnings and the log.</param>
internal sealed record CliRun(int ExitCode, string Output, string Error)
{
    public static Task<CliRun> InvokeAsync(params string[] args) => InvokeAsync(args, CancellationToken.None);

    public static async Task<CliRun> InvokeAsync(string[] args, CancellationToken cancellationToken)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exitCode = await HydraCli.RunAsync(args, Terminal.Create(output), error, cancellationToken);
        return new CliRun(exitCode, output.ToString(), error.ToString());
    }
}
