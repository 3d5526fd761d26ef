namespace Microsoft.ML.Hydra.Persistence;

/// <summary>The content of a safetensors file: tensors in header order and free texts by key.</summary>
internal sealed class SafetensorsFile
{
    private readonly Dictionary<string, NamedTensor> _byName;

    /// <exception cref="ArgumentException">Two tensors share a name.</exception>
    public SafetensorsFile(IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        _byName = new Dictionary<string, NamedTensor>(tensors.Count, StringComparer.Ordinal);
        foreach (NamedTensor tensor in tensors)
        {
            if (!_byName.TryAdd(tensor.Name, tensor))
            {
                throw new ArgumentException($"Two tensors are named '{tensor.Name}'; names must be unique.", nameof(tensors));
            }
        }

        Tensors = tensors;
        Metadata = metadata ?? new Dictionary<string, string>();
    }

    public IReadOnlyList<NamedTensor> Tensors { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensor of a name.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public NamedTensor this[string name] =>
        _byName.TryGetValue(name, out NamedTensor? tensor)
            ? tensor
            : throw new InvalidDataException($"The tensor '{name}' is missing; the file holds {Tensors.Count} others.");
}
