using System.CommandLine;
using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Benchmarks.Rival;
using Microsoft.ML.Hydra.Benchmarks.SingleKernels;
using Microsoft.ML.Hydra.Benchmarks.Walks;

var root = new RootCommand("Measures Hydra: races against torch, a rival on real data, shares of this machine's peak, single kernels.")
{
    new RaceCommand(),
    new RivalCommand(),
    new RivalTuneCommand(),
    new KernelsCommand(),
    new WalkCommand(),
};
return root.Parse(args).Invoke();
