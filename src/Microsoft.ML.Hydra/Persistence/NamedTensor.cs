namespace Microsoft.ML.Hydra.Persistence;

/// <summary>
/// A tensor of a file: a name, a shape and its values in row-major order. The array is not copied.
/// </summary>
internal sealed class NamedTensor
{
    private readonly long[] _shape;

    /// <param name="name">Any text but the reserved <c>__metadata__</c>.</param>
    /// <param name="shape">Dimensions, each 0 or more; empty for a scalar.</param>
    /// <param name="data">float[], double[], int[] or long[] with as many elements as the shape has.</param>
    public NamedTensor(string name, ReadOnlySpan<long> shape, Array data)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(data);
        if (name == SafetensorsFormat.MetadataKey)
        {
            throw new ArgumentException($"A tensor cannot be named {name}: the safetensors layout reserves that name.", nameof(name));
        }

        ElementType = TensorElementTypes.FromArray(data)
            ?? throw new ArgumentException($"Tensor '{name}' holds a {data.GetType().Name}; pass a float[], double[], int[] or long[].", nameof(data));
        if (!TensorShape.TryCountElements(shape, out long count) || count != data.Length)
        {
            throw new ArgumentException(
                $"Tensor '{name}' has {data.Length} elements, which do not fill the shape {TensorShape.Text(shape)}.", nameof(shape));
        }

        Name = name;
        _shape = shape.ToArray();
        Data = data;
    }

    public string Name { get; }

    /// <summary>Dimensions, outermost first; empty for a scalar.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    public TensorElementType ElementType { get; }

    /// <summary>The values: float[], double[], int[] or long[].</summary>
    public Array Data { get; }

    /// <summary>Size of the values in bytes.</summary>
    public long ByteLength => (long)Data.Length * ElementType.Size();

    /// <summary>The values as the type the caller expects; a file may hold another one.</summary>
    /// <exception cref="InvalidDataException">The elements are of another type.</exception>
    public T[] Values<T>()
        where T : unmanaged =>
        Data is T[] values && values.GetType() == typeof(T[])
            ? values
            : throw new InvalidDataException($"Tensor '{Name}' holds {ElementType.Code()} elements; {typeof(T).Name} was expected.");
}
