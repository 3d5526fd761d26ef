using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Machine;

/// <summary>
/// Each kernel and the whole training step, compared with the limits of one core: the most it can compute or read. Limits and kernels are
/// measured in turn, round by round, and the fastest run of each counts, as if nothing else ran.
/// </summary>
internal sealed class MachineRace : IRace
{
    private const int RunsPerRound = 3;            // of a kernel, which takes milliseconds; the step runs once
    private const long ManyWeights = 16_000_000;    // the weights of the raced model would fit in the caches

    public string Name => "machine";

    public string Description => "The limits of this machine, and the share of them that each kernel and the whole training step reach on one core.";

    public JsonObject Run(RaceSettings settings, TextWriter output)
    {
        output.WriteLine(Description);
        KernelShapes shapes = KernelShapes.Of(settings);
        MeasuredKernel[] kernels = [.. Kernels(shapes)];
        var step = new MeasuredKernel(
            "training step",
            new HydraTraining(shapes.Model, RaceModel.TrainingBatch(settings), threads: 1),
            FlopCount.TrainingStep(shapes.Model, shapes.Tokens));
        using var limits = new MachineLimits();
        (double peak, double read) = Measure(limits, kernels, step, settings.Rounds);
        output.WriteLine(Text($"multiply-adds, {InstructionSets.Best} {peak,26:F1} GFLOP/s"));
        output.WriteLine(Text($"read {read,40:F1} GB/s"));
        foreach (MeasuredKernel kernel in kernels.Append(step))
        {
            kernel.Entrant.Dispose();
            string share = kernel.Operations > 0
                ? Text($"{kernel.Gigaflops,8:F1} GFLOP/s   {kernel.Gigaflops / peak:P1} of the peak")
                : Text($"{kernel.Gigabytes,8:F1} GB/s      {kernel.Gigabytes / read:P1} of the read bandwidth");
            output.WriteLine(Text($"{kernel.Name,-28} {kernel.Milliseconds,10:F3} ms {share}"));
        }

        return new JsonObject
        {
            ["name"] = Name,
            ["instructions"] = InstructionSets.Best.ToString(),
            ["peakGflops"] = Math.Round(peak, 1),
            ["readGBs"] = Math.Round(read, 1),
            ["kernels"] = new JsonArray([.. kernels.Append(step).Select(kernel => Facts(kernel, peak, read))]),
            ["trainStepMs"] = Math.Round(step.Milliseconds, 2),
            ["trainStepShareOfPeak"] = Math.Round(step.Gigaflops / peak, 4),
            ["length"] = settings.Length,
            ["dimension"] = settings.Dimension,
            ["threads"] = 1,
            ["rounds"] = settings.Rounds,
        };
    }

    private static IEnumerable<MeasuredKernel> Kernels(KernelShapes shapes)
    {
        const int Threads = 1;
        foreach ((string name, GemmShape shape) in GemmShapes.OfStep(shapes))
        {
            yield return new MeasuredKernel($"gemm, {name}", new HydraGemm(shape, Threads), FlopCount.Product(shape));
        }

        (int width, int inner) = (shapes.Model.FeedForwardWidth, shapes.Model.InnerWidth);
        yield return new MeasuredKernel("scan", new HydraScan(shapes.Scan, Threads), FlopCount.Scan(shapes.Scan));
        yield return new MeasuredKernel("loss", new HydraLoss(shapes.Loss, Threads), FlopCount.Loss(shapes.Loss));
        yield return new MeasuredKernel(
            "convolution", new HydraConvolution(shapes.Convolution, Threads), BytesRead: HydraConvolution.BytesRead(shapes.Convolution));
        yield return new MeasuredKernel("gated norm", new HydraNorm(shapes.ScanNormRows, inner, Threads), BytesRead: HydraNorm.BytesRead(shapes.ScanNormRows, inner));
        yield return new MeasuredKernel("SwiGLU", new HydraSwiGlu(shapes.Tokens, width, Threads), BytesRead: HydraSwiGlu.BytesRead(shapes.Tokens, width));
        yield return new MeasuredKernel("AdamW, 16M weights", new HydraAdamW(ManyWeights, Threads), BytesRead: HydraAdamW.BytesRead(ManyWeights));
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

    private static JsonNode Facts(MeasuredKernel kernel, double peak, double read)
    {
        var facts = new JsonObject { ["name"] = kernel.Name, ["ms"] = Math.Round(kernel.Milliseconds, 3) };
        if (kernel.Operations > 0)
        {
            facts["gflops"] = Math.Round(kernel.Gigaflops, 1);
            facts["shareOfPeak"] = Math.Round(kernel.Gigaflops / peak, 4);
        }
        else
        {
            facts["gbs"] = Math.Round(kernel.Gigabytes, 1);
            facts["shareOfRead"] = Math.Round(kernel.Gigabytes / read, 4);
        }

        return facts;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
