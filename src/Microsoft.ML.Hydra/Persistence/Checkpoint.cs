namespace Microsoft.ML.Hydra.Persistence;

/// <summary>The state of a training run after an epoch.</summary>
/// <param name="Epoch">Epochs finished, 0 or more.</param>
/// <param name="Metadata">Texts by key, such as options or the state of generators as JSON.</param>
/// <param name="Tensors">Weights and the state of the optimizer; names are unique.</param>
internal sealed record Checkpoint(int Epoch, IReadOnlyDictionary<string, string> Metadata, IReadOnlyList<NamedTensor> Tensors);
