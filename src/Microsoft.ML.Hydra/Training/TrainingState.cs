using System.Text.Json;
using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Persistence;
using TorchSharp;

namespace Microsoft.ML.Hydra.Training;

/// <summary>
/// The whole state of a run after an epoch as a <see cref="Checkpoint"/>: weights, optimiser, best weights so far and the epochs'
/// metrics. Randomness needs no state: see <see cref="RandomStreams"/>.
/// </summary>
internal static class TrainingState
{
    private const string Current = "model.";
    private const string Best = "best.";
    private const string Optimizer = "optimizer.";

    /// <summary>Writes the state.</summary>
    public static Checkpoint Take(ISequenceModel model, AdamW optimizer, TrainingProgress progress, string fingerprint) => new(
        progress.Epochs.Count,
        new Dictionary<string, string>
        {
            ["fingerprint"] = fingerprint,
            ["steps"] = optimizer.Steps.ToString(CultureInfo.InvariantCulture),
            ["epochs"] = JsonSerializer.Serialize(progress.Epochs, JsonNumbers.Options),
        },
        [
            .. ModelWeights.Export(model).Select(w => Rename(w, Current + w.Name)),
            .. progress.BestWeights.Select(w => Rename(w, Best + w.Name)),
            .. optimizer.State.Select(s => ModelWeights.Export(Optimizer + s.name, s.value)),
        ]);

    /// <summary>Restores the state that <see cref="Take"/> wrote.</summary>
    /// <exception cref="InvalidOperationException">The checkpoint is of another run.</exception>
    public static TrainingProgress Restore(Checkpoint checkpoint, ISequenceModel model, AdamW optimizer, string fingerprint)
    {
        if (checkpoint.Metadata.GetValueOrDefault("fingerprint") != fingerprint)
        {
            throw new InvalidOperationException(
                "CheckpointDirectory holds a checkpoint of a run with other data or other options; resume with the same data and options, or choose an empty directory.");
        }

        Dictionary<string, NamedTensor> tensors = checkpoint.Tensors.ToDictionary(t => t.Name);
        ModelWeights.Import(model, Under(checkpoint, Current));
        foreach ((string name, torch.Tensor value) in optimizer.State)
        {
            ModelWeights.Import(value, tensors, Optimizer + name);
        }

        optimizer.Steps = long.Parse(checkpoint.Metadata["steps"], CultureInfo.InvariantCulture);
        var progress = new TrainingProgress { BestWeights = [.. Under(checkpoint, Best)] };
        progress.Epochs.AddRange(JsonSerializer.Deserialize<EpochMetrics[]>(checkpoint.Metadata["epochs"], JsonNumbers.Options)!);
        return progress;
    }

    private static IEnumerable<NamedTensor> Under(Checkpoint checkpoint, string prefix) =>
        checkpoint.Tensors.Where(t => t.Name.StartsWith(prefix, StringComparison.Ordinal)).Select(t => Rename(t, t.Name[prefix.Length..]));

    private static NamedTensor Rename(NamedTensor tensor, string name) => new(name, tensor.Shape, tensor.Data);
}
