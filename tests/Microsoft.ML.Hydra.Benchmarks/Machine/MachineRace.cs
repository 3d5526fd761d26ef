using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Machine;

/// <summary>
/// Each kernel, and the whole training step, against the most that this machine's core can compute. Limits and kernels are measured
/// in turn, round by round, and the fastest round of each counts: what they can do when nothing else runs.
/// </summary>
internal sealed class MachineRace : IRace
{
    private const int RunsPerRound = 3;   // of what takes milliseconds; the step runs once

    public string Name => "machine";

    public string Description => "This machine's limits, and the share of them that each kernel and the whole training step reach on one core.";

    public JsonObject Run(RaceSettings settings, TextWriter output)
    {
        output.WriteLine(Description);
        ModelConfiguration sizes = RaceModel.Sizes(settings);
        int sequences = RaceModel.TrainingSequences(settings);
        MeasuredKernel[] kernels = [.. Kernels(sizes, sequences, settings.Length)];
        var step = new MeasuredKernel(
            "training step",
            FlopCount.TrainingStep(sizes, (long)sequences * settings.Length),
            new HydraTraining(sizes, RaceModel.TrainingBatch(settings), threads: 1));
        using var limits = new MachineLimits();
        (double peak, double read) = Measure(limits, kernels, step, settings.Rounds);
        foreach (MeasuredKernel kernel in kernels)
        {
            kernel.Entrant.Dispose();
        }

        step.Entrant.Dispose();
        output.WriteLine(Text($"multiply-adds, {InstructionSets.Best} {peak,26:F1} GFLOP/s"));
        output.WriteLine(Text($"read {read,40:F1} GB/s"));
        foreach (MeasuredKernel kernel in kernels.Append(step))
        {
            output.WriteLine(Text($"{kernel.Name,-28} {kernel.Milliseconds,10:F3} ms {kernel.Gigaflops,8:F1} GFLOP/s   {kernel.Gigaflops / peak:P1} of the peak"));
        }

        return new JsonObject
        {
            ["name"] = Name,
            ["instructions"] = InstructionSets.Best.ToString(),
            ["peakGflops"] = Math.Round(peak, 1),
            ["readGBs"] = Math.Round(read, 1),
            ["kernels"] = new JsonArray([.. kernels.Append(step).Select(kernel => Facts(kernel, peak))]),
            ["trainStepMs"] = Math.Round(step.Milliseconds, 2),
            ["trainStepShareOfPeak"] = Math.Round(step.Gigaflops / peak, 4),
            ["length"] = settings.Length,
            ["dimension"] = settings.Dimension,
            ["threads"] = 1,
            ["rounds"] = settings.Rounds,
        };
    }

    private static IEnumerable<MeasuredKernel> Kernels(ModelConfiguration sizes, int sequences, int length)
    {
        int tokens = sequences * length;
        foreach ((string name, GemmShape shape) in GemmShapes.OfStep(sizes, tokens))
        {
            yield return new MeasuredKernel($"gemm, {name}", FlopCount.Product(shape), new HydraGemm(shape, threads: 1));
        }

        var scan = new ScanShape(sizes.LatentHeads, sequences, length, sizes.InnerHeads, sizes.InnerHeadWidth, sizes.StateSize);
        yield return new MeasuredKernel("scan", FlopCount.Scan(scan), new HydraScan(scan, threads: 1));
        var loss = new SoftmaxShape(tokens, sizes.NumberOfItems, sizes.Width);
        yield return new MeasuredKernel("loss", FlopCount.Loss(loss), new HydraLoss(loss, threads: 1));
    }

    private static (double Peak, double Read) Measure(MachineLimits limits, MeasuredKernel[] kernels, MeasuredKernel step, int rounds)
    {
        step.Entrant.Run();   // warm-up
        (double peak, double read) = (0, 0);
        for (int round = 0; round < rounds; round++)
        {
            read = Math.Max(read, limits.ReadGigabytesNow());
            foreach (MeasuredKernel kernel in kernels)
            {
                peak = Math.Max(peak, limits.GigaflopsNow());
                for (int i = 0; i < RunsPerRound; i++)
                {
                    kernel.Measure();
                }
            }

            step.Measure();
        }

        return (peak, read);
    }

    private static JsonNode Facts(MeasuredKernel kernel, double peak) => new JsonObject
    {
        ["name"] = kernel.Name,
        ["ms"] = Math.Round(kernel.Milliseconds, 3),
        ["gflops"] = Math.Round(kernel.Gigaflops, 1),
        ["shareOfPeak"] = Math.Round(kernel.Gigaflops / peak, 4),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
