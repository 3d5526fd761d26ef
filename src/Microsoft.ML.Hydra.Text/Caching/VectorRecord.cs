using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Microsoft.ML.Hydra.Text.Caching;

/// <summary>
/// The layout of the file of a cache, little-endian:
/// <code>
/// header   "HYDRATXV"   int32 version, 1   int32 0
/// record   int32 d   key, 32 bytes   d float32   the first 16 bytes of the SHA-256 of all before them in the record
/// record   …
/// </code>
/// </summary>
internal static class VectorRecord
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderLength = 16;

    /// <summary>The most numbers of a vector.</summary>
    public const int MaximumDimension = 1 << 16;

    private const int Version = 1;
    private const int DigestLength = 16;
    private const int ValuesAt = sizeof(int) + VectorKey.Length;

    private static ReadOnlySpan<byte> Mark => "HYDRATXV"u8;

    /// <summary>Bytes of a record.</summary>
    public static int LengthOf(int dimension) => ValuesAt + (dimension * sizeof(float)) + DigestLength;

    public static byte[] Header()
    {
        var bytes = new byte[HeaderLength];
        Mark.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(Mark.Length), Version);
        return bytes;
    }

    /// <summary>What is wrong with the first bytes of a file; null where they are the header, or the beginning of one that was not finished.</summary>
    /// <param name="bytes">The first bytes, those of the header at most.</param>
    public static string? FindProblem(ReadOnlySpan<byte> bytes)
    {
        if (Header().AsSpan().StartsWith(bytes))
        {
            return null;
        }

        return bytes.Length == HeaderLength && bytes.StartsWith(Mark)
            ? $"has the format {BinaryPrimitives.ReadInt32LittleEndian(bytes[Mark.Length..])}, but this version of Microsoft.ML.Hydra.Text reads format {Version}"
            : "is not a file of text vectors: it begins with other bytes";
    }

    /// <summary>The dimension that a record states, which may be any number.</summary>
    public static int DimensionOf(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadInt32LittleEndian(record);

    public static VectorKey KeyOf(ReadOnlySpan<byte> record) => VectorKey.Read(record[sizeof(int)..]);

    public static float[] VectorOf(ReadOnlySpan<byte> record)
    {
        var vector = new float[DimensionOf(record)];
        for (int i = 0; i < vector.Length; i++)
        {
            vector[i] = BinaryPrimitives.ReadSingleLittleEndian(record[(ValuesAt + (i * sizeof(float)))..]);
        }

        return vector;
    }

    /// <summary>Whether the digest of a record is that of its content.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> record) =>
        SHA256.HashData(record[..^DigestLength]).AsSpan(0, DigestLength).SequenceEqual(record[^DigestLength..]);

    public static void Write(VectorKey key, ReadOnlySpan<float> vector, Span<byte> record)
    {
        BinaryPrimitives.WriteInt32LittleEndian(record, vector.Length);
        key.Write(record[sizeof(int)..]);
        for (int i = 0; i < vector.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(record[(ValuesAt + (i * sizeof(float)))..], vector[i]);
        }

        SHA256.HashData(record[..^DigestLength]).AsSpan(0, DigestLength).CopyTo(record[^DigestLength..]);
    }
}
