using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Hydra.Robustness.Cases;
using Microsoft.ML.Hydra.Tests.Persistence;

namespace Microsoft.ML.Hydra.Robustness.Kills;

/// <summary>Trainings that are killed at random moments and resumed until they end: they learn the bits of one that was left alone.</summary>
internal static class KilledTrainings
{
    private const int KeptCheckpoints = 2;

    /// <summary>Kills trainings; each is killed a few times.</summary>
    /// <param name="kills">How often in all.</param>
    /// <param name="log">Receives a line for each training.</param>
    public static Tally Run(int kills, TextWriter log)
    {
        var tally = new Tally();
        long began = Stopwatch.GetTimestamp();
        var random = new Random(1);
        (string expected, TimeSpan duration) = Uninterrupted();
        while (tally.Cases < kills)
        {
            long first = tally.Cases;
            var moments = new List<string>();
            try
            {
                (string digest, long peak) = Interrupted(kills - (int)tally.Cases, duration, random, moments);
                tally.PeakMemory = Math.Max(tally.PeakMemory, peak);
                Count(digest == expected ? Verdict.Works : Verdict.Crash, digest == expected ? string.Empty : "other weights were learned");
            }
            catch (WrongResultException error)
            {
                Count(Verdict.Crash, error.Message);
            }

            log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"kills: {tally.Cases} of {kills}, {tally.NumberOfFailures} failures ({string.Join(", ", moments)})"));

            void Count(Verdict verdict, string what)
            {
                // A training that ended before its first kill counts only when it failed.
                for (int i = 0; i < Math.Max(verdict == Verdict.Works ? 0 : 1, moments.Count); i++)
                {
                    tally.Add(first + i, new Outcome(verdict, $"killed {string.Join(", ", moments)}: {what}"), what);
                }
            }
        }

        tally.Seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return tally;
    }

    private static (string Digest, TimeSpan Duration) Uninterrupted()
    {
        using var directory = new TemporaryDirectory();
        using var output = new TemporaryDirectory();
        using var training = new TrainingProcess(directory.FullName, output["model.zip"]);
        training.WaitUntilReady();
        long ready = Stopwatch.GetTimestamp();
        string digest = training.Result().Digest;
        return (digest, Stopwatch.GetElapsedTime(ready));
    }

    private static (string Digest, long PeakMemory) Interrupted(int mostKills, TimeSpan duration, Random random, List<string> moments)
    {
        using var directory = new TemporaryDirectory();
        using var output = new TemporaryDirectory();
        while (true)
        {
            using var training = new TrainingProcess(directory.FullName, output["model.zip"]);

            // Some are killed while the process starts.
            bool isReady = random.Next(10) > 0 && training.WaitUntilReady();
            TimeSpan moment = duration * (0.6 * random.NextDouble());
            if (moments.Count == mostKills || !training.KillAfter(moment))
            {
                (string, long) result = training.Result();
                string[] left = [.. directory.FileNames.Where(name => !name.EndsWith(".lock", StringComparison.Ordinal))];
                return left.Length <= KeptCheckpoints && left.All(name => name.EndsWith(".safetensors", StringComparison.Ordinal))
                    ? result
                    : throw new WrongResultException($"Files were left in the directory of the checkpoints: {string.Join(", ", left)}");
            }

            moments.Add(string.Create(CultureInfo.InvariantCulture, $"{moment.TotalMilliseconds:F0} ms after {(isReady ? "the training" : "the process")} began"));
        }
    }
}
