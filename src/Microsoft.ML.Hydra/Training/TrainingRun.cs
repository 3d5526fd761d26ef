using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Options;
using Microsoft.ML.Hydra.Persistence;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Training;

/// <summary>One training from data and options to weights.</summary>
internal static class TrainingRun
{
    private const double ManyRepeats = 0.25;

    /// <summary>Trains a model.</summary>
    /// <param name="sequences">The data; at least one sequence has two events.</param>
    /// <param name="options">The trainer's options, checked, with nothing left open.</param>
    /// <param name="optionsJson">All saved options as text; part of a checkpoint's identity.</param>
    /// <param name="seed">Seed of all chance.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="monitor">Who is told.</param>
    /// <param name="warmStart">Weights to start from, or null for fresh ones.</param>
    public static TrainingResult Train(
        SequenceDataset sequences,
        HydraSequenceRecommendationTrainer.Options options,
        string optionsJson,
        int seed,
        TorchDeviceChoice device,
        TrainingMonitor monitor,
        WarmStart? warmStart)
    {
        var random = new RandomStreams(seed);
        using DisposeScope scope = NewDisposeScope();
        using HydraModel model = new(
            ModelShape.For(options, sequences.NumberOfItems), ModelKernels.For(device.Device, options.NumberOfThreads ?? Environment.ProcessorCount), random.Weights, options.DropoutRate!.Value);
        warmStart?.Apply(model);
        model.to(device.Device);
        TrainingData data = TrainingData.Split(
            sequences, options.Validation, options.MaximumValidationSequences, random.ValidationSample());
        WarnOfRepeats(data, options, monitor);
        string fingerprint = Fingerprint(sequences, optionsJson, seed, warmStart);
        using var loop = new TrainingLoop(model, data, options, random, device.Device, monitor, fingerprint);
        return loop.Run();
    }

    private static void WarnOfRepeats(TrainingData data, HydraSequenceRecommendationTrainer.Options options, TrainingMonitor monitor)
    {
        if (options.ExcludeSeenItems && data.ShareOfRepeats() is double share and > ManyRepeats)
        {
            monitor.Warning(string.Create(
                CultureInfo.InvariantCulture,
                $"Of the held-out items {100 * share:F0} % are in the history before them, and ExcludeSeenItems leaves such items out of every ranking; set ExcludeSeenItems = false if items are to be recommended again."));
        }
    }

    // What a resumed run must have in common with the one it continues.
    private static string Fingerprint(SequenceDataset sequences, string optionsJson, int seed, WarmStart? warmStart)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{optionsJson}\n{seed}\n{sequences.NumberOfItems}\n"));
        for (int i = 0; i < sequences.Count; i++)
        {
            ReadOnlySpan<int> items = sequences[i];
            hash.AppendData(BitConverter.GetBytes(items.Length));
            hash.AppendData(MemoryMarshal.AsBytes(items));
            hash.AppendData(MemoryMarshal.AsBytes(sequences.Times(i)));
        }

        foreach (NamedTensor weight in warmStart?.Weights ?? [])
        {
            hash.AppendData(MemoryMarshal.AsBytes(weight.Values<float>().AsSpan()));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
