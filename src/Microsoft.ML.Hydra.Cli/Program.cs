using Microsoft.ML.Hydra.Cli;
using Microsoft.ML.Hydra.Cli.Reporting;

using var interruption = new Interruption(Console.Error);
return interruption.ExitCode(
    await HydraCli.RunAsync(args, Terminal.Create(Console.Out), Console.Error, interruption.Token, Console.OpenStandardOutput));
