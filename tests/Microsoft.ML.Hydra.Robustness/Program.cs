using System.Globalization;
using Microsoft.ML.Hydra.Robustness.Cases;
using Microsoft.ML.Hydra.Robustness.Kills;
using Microsoft.ML.Hydra.Robustness.Models;
using Microsoft.ML.Hydra.Robustness.Sizes;
using Microsoft.ML.Hydra.Robustness.Threads;

namespace Microsoft.ML.Hydra.Robustness;

/// <summary>The long form. Without arguments it prints the commands.</summary>
internal static class Program
{
    private const string Help = """
        mutate COUNT            COUNT mutated model zips, and shares of that many states, checkpoints, journals and search spaces
        mutate KIND COUNT       COUNT cases of one kind: zip, state, checkpoint, journal or space
        case KIND NUMBER        one case, with what was done and what happened
        sizes COUNT             COUNT models of random sizes
        kill COUNT              COUNT kills of trainings, which are resumed to their ends
        predict COUNT           COUNT predictions on 16 threads
        long ZIPS KILLS PREDICTIONS    all of these, and the table
        """;

    private static async Task<int> Main(string[] arguments)
    {
        var report = new Report(Console.Out);
        switch (arguments)
        {
            case ["mutate", var count]:
                Mutate(report, Number(count));
                break;
            case ["mutate", var kind, var count]:
                report.Add($"mutated {kind}", CaseProcess.Run(kind, Number(count), Console.Out));
                break;
            case ["case", var kind, var number]:
                Outcome outcome = new CaseRun(CaseKinds.Create(kind)).Try(Number(number), out _);
                Console.WriteLine($"{outcome.Verdict}: {outcome.Description}");
                return outcome.IsFailure ? 1 : 0;
            case ["sizes", var count]:
                report.Add("models of random sizes", new CaseRun(new SizeCases()).Run(0, Number(count)));
                break;
            case ["kill", var count]:
                report.Add("kills", KilledTrainings.Run((int)Number(count), Console.Out));
                break;
            case ["predict", var count]:
                report.Add("predictions on 16 threads", ParallelPredictions.Run(Number(count), Console.Out));
                break;
            case ["long", var zips, var kills, var predictions]:
                Mutate(report, Number(zips));
                report.Add("models of random sizes", new CaseRun(new SizeCases()).Run(0, Math.Max(1, Number(zips) / 500)));
                report.Add("kills", KilledTrainings.Run((int)Number(kills), Console.Out));
                report.Add("predictions on 16 threads", ParallelPredictions.Run(Number(predictions), Console.Out));
                break;
            case [CaseProcess.Command, var kind, var first, var count, var progress]:
                return CaseProcess.RunChild(kind, Number(first), Number(count), progress);
            case [TrainingProcess.Command, var directory, var output]:
                return TrainingProcess.RunChild(directory, output);
            case [LoadingProcess.Command, var zip]:
                return LoadingProcess.RunChild(zip);
            default:
                await Console.Error.WriteLineAsync(Help);
                return 2;
        }

        return report.Finish() ? 0 : 1;
    }

    private static void Mutate(Report report, long zips)
    {
        foreach ((string kind, int share) in CaseKinds.All)
        {
            report.Add($"mutated {kind}", CaseProcess.Run(kind, Math.Max(1, zips / share), Console.Out));
        }
    }

    private static long Number(string text) => long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
