using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Microsoft.ML.Hydra.Persistence;

/// <summary>
/// SHA-256 over a list of values rather than over file bytes: every text carries its length, so no two lists share
/// their bytes. Guards content that stores its own checksum.
/// </summary>
internal sealed class ContentDigest : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public void Add(long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        _hash.AppendData(bytes);
    }

    public void Add(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Add(bytes.Length);
        _hash.AppendData(bytes);
    }

    public void Add(NamedTensor tensor)
    {
        Add(tensor.Name);
        Add(tensor.ElementType.Code());
        Add(tensor.Shape.Length);
        foreach (long dimension in tensor.Shape)
        {
            Add(dimension);
        }

        ArrayBytes.Write(new HashingWriteStream(Stream.Null, _hash), tensor.Data);
    }

    /// <summary>What is written; only content that says where it ends keeps lists apart.</summary>
    public void Add(Action<Stream> write) => write(new HashingWriteStream(Stream.Null, _hash));

    /// <summary>The digest of everything added, as 64 lower-case hexadecimal digits; starts anew.</summary>
    public string Take() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();
}
