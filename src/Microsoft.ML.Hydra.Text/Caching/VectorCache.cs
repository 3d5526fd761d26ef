using System.Buffers.Binary;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra.Text.Caching;

/// <summary>SHA-256 of the identity of an encoder and of a text.</summary>
internal readonly record struct VectorKey(ulong A, ulong B, ulong C, ulong D)
{
    /// <summary>Bytes of a key.</summary>
    public const int Length = 32;

    public static VectorKey Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]));

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, A);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], B);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], C);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], D);
    }
}

/// <summary>Vectors of texts that were encoded before. Safe for many threads.</summary>
internal abstract class VectorCache
{
    /// <summary>The cache in a file; in memory where there is none.</summary>
    /// <exception cref="InvalidDataException">The file is something else.</exception>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public static VectorCache Open(IHostEnvironment environment, string? path)
    {
        if (path is null)
        {
            return new MemoryVectorCache();
        }

        ArgumentException.ThrowIfNullOrEmpty(path);
        return new FileVectorCache(path, sentence =>
        {
            using IChannel channel = environment.Start("TextVectors");
            channel.Warning(MessageSensitivity.None, "{0}", sentence);
        });
    }

    /// <summary>Adds those vectors to <paramref name="found"/> that the cache has.</summary>
    /// <param name="keys">What is looked for.</param>
    /// <param name="dimension">Numbers of a vector; one of another length is not found.</param>
    /// <param name="found">Receives the vectors.</param>
    public abstract void Find(IReadOnlyList<VectorKey> keys, int dimension, Dictionary<VectorKey, float[]> found);

    /// <summary>Keeps vectors.</summary>
    public abstract void Add(IReadOnlyList<(VectorKey Key, float[] Vector)> vectors);
}

/// <summary>
/// Vectors in memory, in two generations: when the younger one is full it becomes the older one, and what was not asked for since is forgotten.
/// </summary>
/// <param name="maximumBytes">Bytes of all vectors at most.</param>
internal sealed class MemoryVectorCache(long maximumBytes = 256 << 20) : VectorCache
{
    private readonly Lock _lock = new();
    private Dictionary<VectorKey, float[]> _younger = [];
    private Dictionary<VectorKey, float[]> _older = [];
    private long _bytes;

    public override void Find(IReadOnlyList<VectorKey> keys, int dimension, Dictionary<VectorKey, float[]> found)
    {
        lock (_lock)
        {
            foreach (VectorKey key in keys)
            {
                if (_younger.TryGetValue(key, out float[]? vector))
                {
                    found[key] = vector;
                }
                else if (_older.TryGetValue(key, out vector))
                {
                    found[key] = vector;
                    Keep(key, vector);
                }
            }
        }
    }

    public override void Add(IReadOnlyList<(VectorKey Key, float[] Vector)> vectors)
    {
        lock (_lock)
        {
            foreach ((VectorKey key, float[] vector) in vectors)
            {
                Keep(key, vector);
            }
        }
    }

    private void Keep(VectorKey key, float[] vector)
    {
        int bytes = VectorKey.Length + (vector.Length * sizeof(float));
        if (_bytes + bytes > maximumBytes / 2)
        {
            (_older, _younger, _bytes) = (_younger, [], 0);
        }

        if (_younger.TryAdd(key, vector))
        {
            _bytes += bytes;
        }
    }
}
