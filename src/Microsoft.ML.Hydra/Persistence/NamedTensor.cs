using System.Diagnostics;
using System.Runtime.InteropServices;

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
        if (name == SafetensorsHeader.MetadataKey)
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

/// <summary>What one element of a stored tensor is; always little-endian.</summary>
internal enum TensorElementType
{
    /// <summary>32-bit float, "F32".</summary>
    Float32,

    /// <summary>64-bit float, "F64".</summary>
    Float64,

    /// <summary>Signed 32-bit integer, "I32".</summary>
    Int32,

    /// <summary>Signed 64-bit integer, "I64".</summary>
    Int64,
}

/// <summary>Names, sizes and array types of the element types.</summary>
internal static class TensorElementTypes
{
    /// <summary>Bytes per element.</summary>
    public static int Size(this TensorElementType type) => type switch
    {
        TensorElementType.Float32 or TensorElementType.Int32 => 4,
        TensorElementType.Float64 or TensorElementType.Int64 => 8,
        _ => throw new UnreachableException(),
    };

    /// <summary>The name in a safetensors header.</summary>
    public static string Code(this TensorElementType type) => type switch
    {
        TensorElementType.Float32 => "F32",
        TensorElementType.Float64 => "F64",
        TensorElementType.Int32 => "I32",
        TensorElementType.Int64 => "I64",
        _ => throw new UnreachableException(),
    };

    /// <summary>The type of a name in a safetensors header; null for one that is not supported here.</summary>
    public static TensorElementType? FromCode(string? code) => code switch
    {
        "F32" => TensorElementType.Float32,
        "F64" => TensorElementType.Float64,
        "I32" => TensorElementType.Int32,
        "I64" => TensorElementType.Int64,
        _ => null,
    };

    /// <summary>The type of an array's elements; null for an array that cannot be stored.</summary>
    public static TensorElementType? FromArray(Array data)
    {
        // The runtime lets a uint[] pass as an int[], so the exact type is compared.
        Type type = data.GetType();
        return type == typeof(float[]) ? TensorElementType.Float32
            : type == typeof(double[]) ? TensorElementType.Float64
            : type == typeof(int[]) ? TensorElementType.Int32
            : type == typeof(long[]) ? TensorElementType.Int64
            : null;
    }
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

    /// <summary>Writes a float[], double[], int[] or long[].</summary>
    public static void Write(Stream target, Array data)
    {
        switch (data)
        {
            case float[] values: Write<float>(target, values); break;
            case double[] values: Write<double>(target, values); break;
            case int[] values: Write<int>(target, values); break;
            case long[] values: Write<long>(target, values); break;
            default: throw new UnreachableException();
        }
    }

    /// <summary>Reads <paramref name="count"/> elements of a type; null when the stream ends before.</summary>
    public static Array? Read(Stream source, TensorElementType type, int count, bool countIsCovered) => type switch
    {
        TensorElementType.Float32 => Read<float>(source, count, countIsCovered),
        TensorElementType.Float64 => Read<double>(source, count, countIsCovered),
        TensorElementType.Int32 => Read<int>(source, count, countIsCovered),
        TensorElementType.Int64 => Read<long>(source, count, countIsCovered),
        _ => throw new UnreachableException(),
    };

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
        int piece = PieceLength / Marshal.SizeOf<T>();
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

    private static void Write<T>(Stream target, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        CheckByteOrder();
        int piece = PieceLength / Marshal.SizeOf<T>();
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
