using Microsoft.ML.Hydra.Cli;
using Microsoft.ML.Hydra.Cli.Reporting;

using var interruption = new Interruption();
return await HydraCli.RunAsync(args, Terminal.Create(Console.Out), Console.Error, interruption.Token);
