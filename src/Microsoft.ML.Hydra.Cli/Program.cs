using Microsoft.ML.Hydra.Cli;
using Microsoft.ML.Hydra.Cli.Commands;
using Microsoft.ML.Hydra.Cli.Reporting;

// Set as the streams of the process, so that a terminal is still known as one.
using var output = new LastingWriter(Console.Out);
using var error = new LastingWriter(Console.Error);
Console.SetOut(output);
Console.SetError(error);
using var interruption = new Interruption(Console.Error);
return interruption.ExitCode(
    await HydraCli.RunAsync(args, Terminal.Create(Console.Out), Console.Error, interruption.Token, new StandardOutput(Console.OpenStandardOutput, () => output.Refusal)));
