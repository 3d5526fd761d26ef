using System.Diagnostics;
using Microsoft.ML.Hydra.Robustness.Cases;
using Microsoft.ML.Hydra.Tests.Integration;

namespace Microsoft.ML.Hydra.Robustness.Kills;

/// <summary>A training in a process of its own, which keeps checkpoints and continues from those that are there.</summary>
internal sealed class TrainingProcess : IDisposable
{
    /// <summary>First argument of the process.</summary>
    public const string Command = "child-train";

    private const string ReadyLine = "ready";
    private const string ResultPrefix = "learned ";
    private readonly Process _process;
    private readonly Task<string> _errors;

    /// <param name="directory">Of the checkpoints.</param>
    /// <param name="output">The model's file.</param>
    public TrainingProcess(string directory, string output)
    {
        _process = OwnProcess.Start(Command, directory, output);
        _errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>The process itself: trains, saves, and prints a digest of what was learned and the peak of its memory.</summary>
    public static int RunChild(string directory, string output)
    {
        var mlContext = new MLContext();
        TrainerOptions options = SmallTraining.Options();
        (options.NumberOfEpochs, options.Patience, options.Seed, options.NumberOfThreads) = (40, 0, 5, 1);
        (options.CheckpointDirectory, options.ResumeFromCheckpoint) = (directory, true);
        Console.WriteLine(ReadyLine);
        using var model = mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(Shelves.Load(mlContext, Shelves.Texts()));
        SavedModel saved = SavedModel.Save(mlContext, model);
        File.WriteAllBytes(output, saved.Bytes);
        Console.WriteLine($"{ResultPrefix}{saved.DigestOfLearned()} {ResidentSet.Peak()}");
        return 0;
    }

    /// <summary>Waits until the training begins; false when the process ended before.</summary>
    public bool WaitUntilReady() => _process.StandardOutput.ReadLine() == ReadyLine;

    /// <summary>Kills the process after a time; false when it ended by itself before.</summary>
    public bool KillAfter(TimeSpan time)
    {
        if (_process.WaitForExit(time))
        {
            return false;
        }

        _process.Kill();   // SIGKILL: nothing of the process runs any more
        _process.WaitForExit();
        return true;
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>The digest of what was learned, and the peak of the process's memory.</returns>
    /// <exception cref="WrongResultException">The training failed.</exception>
    public (string Digest, long PeakMemory) Result()
    {
        string output = _process.StandardOutput.ReadToEnd();
        _process.WaitForExit();
        string? line = output.Split('\n').FirstOrDefault(line => line.StartsWith(ResultPrefix, StringComparison.Ordinal));
        return _process.ExitCode == 0 && line?[ResultPrefix.Length..].Split(' ') is [var digest, var peak]
            ? (digest, long.Parse(peak, System.Globalization.CultureInfo.InvariantCulture))
            : throw new WrongResultException($"A resumed training ended with {_process.ExitCode}: {_errors.Result.Trim()}");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
