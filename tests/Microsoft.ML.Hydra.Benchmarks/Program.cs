using System.CommandLine;
using Microsoft.ML.Hydra.Benchmarks.Races;

var root = new RootCommand("Measures Hydra: races against torch, and this machine's share of its peak.")
{
    new RaceCommand(),
};
return root.Parse(args).Invoke();
