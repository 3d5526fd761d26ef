using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Hydra.Persistence;

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
    /// count costs no memory.
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

            int wanted = Math.Min(values.Length - filled, piece);
            Span<byte> bytes = MemoryMarshal.AsBytes(values.AsSpan(filled, wanted));
            if (source.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            {
                return null;
            }

            filled += wanted;
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
