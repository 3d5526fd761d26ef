using System.Numerics;

namespace Microsoft.ML.Hydra.Persistence;

/// <summary>
/// A tensor of a file: a name, a shape and its values in row-major order. The array is not copied. A ushort is the upper half of a float32 (bfloat16).
/// </summary>
internal sealed class NamedTensor
{
    private readonly long[] _shape;

    /// <param name="name">Any text but the reserved <c>__metadata__</c>.</param>
    /// <param name="shape">Dimensions, each 0 or more; empty for a scalar.</param>
    /// <param name="data">sbyte[], ushort[], int[], long[], Half[], float[] or double[] with as many elements as the shape has.</param>
    public NamedTensor(string name, ReadOnlySpan<long> shape, Array data)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(data);
        if (name == SafetensorsHeader.MetadataKey)
        {
            throw new ArgumentException($"A tensor cannot be named {name}: the safetensors layout reserves that name.", nameof(name));
        }

        ElementType = TensorElementType.FromArray(data)
            ?? throw new ArgumentException($"Tensor '{name}' holds a {data.GetType().Name}; pass a sbyte[], ushort[], int[], long[], Half[], float[] or double[].", nameof(data));
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

    /// <summary>The values: sbyte[], ushort[], int[], long[], Half[], float[] or double[].</summary>
    public Array Data { get; }

    /// <summary>Size of the values in bytes.</summary>
    public long ByteLength => (long)Data.Length * ElementType.Size;

    /// <summary>Writes the values, little-endian.</summary>
    public void WriteValues(Stream target) => ElementType.Write(target, Data);

    /// <summary>Whether no value is NaN or infinite.</summary>
    public bool IsFinite() => Data switch
    {
        float[] values => IsFinite<float>(values),
        double[] values => IsFinite<double>(values),
        Half[] values => Array.TrueForAll(values, Half.IsFinite),
        _ => true,
    };

    /// <summary>The values as the type the caller expects; a file may hold another one.</summary>
    /// <exception cref="InvalidDataException">The elements are of another type.</exception>
    public T[] Values<T>()
        where T : unmanaged =>
        Data is T[] values && values.GetType() == typeof(T[])
            ? values
            : throw new InvalidDataException($"Tensor '{Name}' holds {ElementType.Code} elements; {typeof(T).Name} was expected.");

    // x − x is 0, and NaN where x is NaN or infinite.
    private static bool IsFinite<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Vector<T> found = Vector<T>.Zero;
        ReadOnlySpan<Vector<T>> vectors = MemoryMarshal.Cast<T, Vector<T>>(values);
        foreach (Vector<T> vector in vectors)
        {
            found += vector - vector;
        }

        T rest = T.Zero;
        foreach (T value in values[(vectors.Length * Vector<T>.Count)..])
        {
            rest += value - value;
        }

        return Vector.EqualsAll(found, Vector<T>.Zero) && rest == T.Zero;
    }
}

/// <summary>What one element of a stored tensor is; always little-endian.</summary>
/// <param name="code">The name in a safetensors header.</param>
/// <param name="arrayType">Type of an array of such elements.</param>
/// <param name="size">Bytes per element.</param>
/// <param name="read">Reads elements as <see cref="ArrayBytes.Read"/> does.</param>
/// <param name="write">Writes an array of such elements.</param>
internal sealed class TensorElementType(string code, Type arrayType, int size, Func<Stream, int, bool, Array?> read, Action<Stream, Array> write)
{
    private static readonly TensorElementType[] s_all = [Of<float>("F32"), Of<Half>("F16"), Of<ushort>("BF16"), Of<double>("F64"), Of<int>("I32"), Of<sbyte>("I8"), Of<long>("I64")];

    /// <summary>The name in a safetensors header.</summary>
    public string Code => code;

    /// <summary>Bytes per element.</summary>
    public int Size => size;

    /// <summary>The type of a name in a safetensors header; null for one that is not supported here.</summary>
    public static TensorElementType? FromCode(string? code) => Array.Find(s_all, type => type.Code == code);

    /// <summary>The type of an array's elements; null for an array that cannot be stored.</summary>
    public static TensorElementType? FromArray(Array data) => Array.Find(s_all, type => type.IsOf(data));

    /// <inheritdoc cref="ArrayBytes.Read"/>
    public Array? Read(Stream source, int count, bool countIsCovered) => read(source, count, countIsCovered);

    /// <summary>Writes an array of such elements.</summary>
    public void Write(Stream target, Array data) => write(target, data);

    public override string ToString() => code;

    // The runtime lets a uint[] pass as an int[], so the exact type is compared.
    private bool IsOf(Array data) => data.GetType() == arrayType;

    private static TensorElementType Of<T>(string code)
        where T : unmanaged =>
        new(code, typeof(T[]), Unsafe.SizeOf<T>(), ArrayBytes.Read<T>, (target, data) => ArrayBytes.Write<T>(target, (T[])data));
}

/// <summary>Arithmetic on shapes, which may come from a malicious file.</summary>
internal static class TensorShape
{
    /// <summary>Product of the dimensions, 1 for a scalar; false when one is negative or the product leaves 64 bits.</summary>
    public static bool TryCountElements(ReadOnlySpan<long> shape, out long count)
    {
        count = 1;
        foreach (long dimension in shape)
        {
            if (dimension < 0 || Math.BigMul(count, dimension, out long product) != 0 || product < 0)
            {
                return false;
            }

            count = product;
        }

        return true;
    }

    /// <summary>The shape as messages show it, as in <c>[2, 3]</c>.</summary>
    public static string Text(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";
}

/// <summary>Moves arrays to and from streams as little-endian bytes, piece by piece.</summary>
internal static class ArrayBytes
{
    private const int PieceLength = 128 * 1024;

    /// <summary>Reads <paramref name="count"/> elements; null when the stream ends before.</summary>
    /// <param name="source">Where the elements come from.</param>
    /// <param name="count">Elements to read.</param>
    /// <param name="countIsCovered">
    /// True when the stream is known to hold that much; otherwise the array grows with what arrives, so that a false
    /// count takes no memory.
    /// </param>
    public static T[]? Read<T>(Stream source, int count, bool countIsCovered)
        where T : unmanaged
    {
        CheckByteOrder();
        int piece = PieceLength / Unsafe.SizeOf<T>();
        var values = new T[countIsCovered ? count : Math.Min(count, piece)];
        int filled = 0;
        while (filled < count)
        {
            if (filled == values.Length)
            {
                Array.Resize(ref values, (int)Math.Min(count, 2L * values.Length));
            }

            int next = Math.Min(values.Length - filled, piece);
            Span<byte> bytes = MemoryMarshal.AsBytes(values.AsSpan(filled, next));
            if (source.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            {
                return null;
            }

            filled += next;
        }

        return values;
    }

    /// <summary>Writes all elements.</summary>
    public static void Write<T>(Stream target, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        CheckByteOrder();
        int piece = PieceLength / Unsafe.SizeOf<T>();
        while (!values.IsEmpty)
        {
            int length = Math.Min(piece, values.Length);
            target.Write(MemoryMarshal.AsBytes(values[..length]));
            values = values[length..];
        }
    }

    private static void CheckByteOrder()
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Models can be saved and loaded on little-endian processors only.");
        }
    }
}
