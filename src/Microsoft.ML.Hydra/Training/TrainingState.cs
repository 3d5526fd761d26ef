using System.Text.Json;
using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Persistence;
using TorchSharp;

namespace Microsoft.ML.Hydra.Training;

/// <summary>
/// The whole state of a run after an epoch as a <see cref="Checkpoint"/>: weights, optimiser, best weights so far and the epochs'
/// metrics. Randomness needs no state: see <see cref="RandomStreams"/>. Reading trusts nothing: a checkpoint of something else is one sentence.
/// </summary>
internal static class TrainingState
{
    private const string Current = "model.";
    private const string Best = "best.";
    private const string Optimizer = "optimizer.";
    private const string FingerprintKey = "fingerprint";
    private const string StepsKey = "steps";
    private const string EpochsKey = "epochs";

    private static readonly TimeSpan s_longest = TimeSpan.FromDays(36_500);

    /// <summary>Writes the state.</summary>
    public static Checkpoint Take(ISequenceModel model, AdamW optimizer, TrainingProgress progress, string fingerprint) => new(
        progress.Epochs.Count,
        new Dictionary<string, string>
        {
            [FingerprintKey] = fingerprint,
            [StepsKey] = optimizer.Steps.ToString(CultureInfo.InvariantCulture),
            [EpochsKey] = JsonSerializer.Serialize(progress.Epochs, JsonNumbers.Options),
        },
        [
            .. ModelWeights.Export(model).Select(w => Rename(w, Current + w.Name)),
            .. progress.BestWeights.Select(w => Rename(w, Best + w.Name)),
            .. optimizer.State.Select(s => ModelWeights.Export(Optimizer + s.name, s.value)),
        ]);

    /// <summary>Restores the state that <see cref="Take"/> wrote.</summary>
    /// <exception cref="InvalidOperationException">The checkpoint is of another run.</exception>
    /// <exception cref="InvalidDataException">It is not the checkpoint of a training, or holds what no training leaves.</exception>
    public static TrainingProgress Restore(Checkpoint checkpoint, ISequenceModel model, AdamW optimizer, string fingerprint)
    {
        if (Text(checkpoint, FingerprintKey) != fingerprint)
        {
            throw new InvalidOperationException(
                "CheckpointDirectory holds a checkpoint of a run with other data or other options; resume with the same data and options, or choose an empty directory.");
        }

        EpochMetrics[] epochs = ReadEpochs(checkpoint);
        long steps = long.TryParse(Text(checkpoint, StepsKey), NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number > 0
            ? number
            : throw Invalid(checkpoint, $"its number of steps is '{MessageText.Of(Text(checkpoint, StepsKey))}'");
        try
        {
            CheckTensors(checkpoint, model, optimizer);
        }
        catch (InvalidDataException cause)
        {
            throw Invalid(checkpoint, cause.Message.TrimEnd('.'));
        }

        Dictionary<string, NamedTensor> tensors = checkpoint.Tensors.ToDictionary(t => t.Name);
        ModelWeights.Import(model, Under(checkpoint, Current));
        foreach ((string name, torch.Tensor value) in optimizer.State)
        {
            ModelWeights.Import(value, tensors, Optimizer + name);
        }

        optimizer.Steps = steps;
        var progress = new TrainingProgress { BestWeights = [.. Under(checkpoint, Best)] };
        progress.Epochs.AddRange(epochs);
        return progress;
    }

    private static EpochMetrics[] ReadEpochs(Checkpoint checkpoint)
    {
        EpochMetrics?[]? epochs;
        try
        {
            epochs = JsonSerializer.Deserialize<EpochMetrics?[]>(Text(checkpoint, EpochsKey), JsonNumbers.Options);
        }
        catch (Exception cause) when (cause is JsonException or ArgumentException or FormatException or OverflowException or NotSupportedException)
        {
            throw Invalid(checkpoint, "the metrics of its epochs are not such JSON");
        }

        if (epochs is null || epochs.Length != checkpoint.Epoch || epochs.Length == 0)
        {
            throw Invalid(checkpoint, $"it holds the metrics of {epochs?.Length ?? 0} epochs");
        }

        TimeSpan last = TimeSpan.Zero;
        for (int i = 0; i < epochs.Length; i++)
        {
            if (epochs[i] is not { } epoch || epoch.Epoch != i + 1 || epoch.Elapsed < last || epoch.Elapsed > s_longest)
            {
                throw Invalid(checkpoint, $"the metrics of epoch {i + 1} are not those of that epoch");
            }

            last = epoch.Elapsed;
        }

        EpochMetrics[] known = [.. epochs.OfType<EpochMetrics>()];
        return known.Any(epoch => epoch.IsBest) ? known : throw Invalid(checkpoint, "none of its epochs is the best");
    }

    // All are checked before the first of them goes into the model.
    private static void CheckTensors(Checkpoint checkpoint, ISequenceModel model, AdamW optimizer)
    {
        (string name, torch.Tensor value)[] weights = [.. model.Weights.Select(w => (w.name, (torch.Tensor)w.parameter))];
        Dictionary<string, torch.Tensor> expected = weights.Select(w => (Current + w.name, w.value))
            .Concat(weights.Select(w => (Best + w.name, w.value)))
            .Concat(optimizer.State.Select(s => (Optimizer + s.name, s.value)))
            .ToDictionary();
        foreach (NamedTensor tensor in checkpoint.Tensors)
        {
            if (!expected.Remove(tensor.Name, out torch.Tensor? target))
            {
                throw new InvalidDataException($"the tensor '{MessageText.Of(tensor.Name)}' is not one of this training");
            }

            if (!tensor.Shape.SequenceEqual(target.shape))
            {
                throw new InvalidDataException(
                    $"the tensor '{tensor.Name}' has the shape {TensorShape.Text(tensor.Shape)}, and the training needs {TensorShape.Text(target.shape)}");
            }

            tensor.Values<float>();
            // A moment may be infinite in a training that goes well: its step is then 0.
            if (!tensor.Name.StartsWith(Optimizer, StringComparison.Ordinal) && !tensor.IsFinite())
            {
                throw new InvalidDataException($"the tensor '{tensor.Name}' has numbers that are not finite");
            }
        }

        if (expected.Keys.FirstOrDefault() is string missing)
        {
            throw new InvalidDataException($"the tensor '{missing}' is missing");
        }
    }

    private static string Text(Checkpoint checkpoint, string key) =>
        checkpoint.Metadata.GetValueOrDefault(key) ?? throw Invalid(checkpoint, $"it has no text '{key}'");

    private static InvalidDataException Invalid(Checkpoint checkpoint, string finding) => new(
        $"The checkpoint of epoch {checkpoint.Epoch} in CheckpointDirectory is not one that a training left: {finding}; delete its file to resume from the one before it, or choose an empty directory.");

    private static IEnumerable<NamedTensor> Under(Checkpoint checkpoint, string prefix) =>
        checkpoint.Tensors.Where(t => t.Name.StartsWith(prefix, StringComparison.Ordinal)).Select(t => Rename(t, t.Name[prefix.Length..]));

    private static NamedTensor Rename(NamedTensor tensor, string name) => new(name, tensor.Shape, tensor.Data);
}
