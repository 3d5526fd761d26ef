using System.Buffers.Binary;

namespace Microsoft.ML.Hydra.Robustness.Mutation;

/// <summary>Changes the header or the data of a safetensors file and makes the length of the header right again.</summary>
internal sealed class SafetensorsDamage
{
    private const int PrefixLength = 8;

    private readonly byte[] _file;
    private readonly int _dataStart;
    private readonly JsonDamage _header;

    /// <param name="file">A valid file.</param>
    public SafetensorsDamage(byte[] file)
    {
        _file = file;
        _dataStart = PrefixLength + (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        _header = new JsonDamage(file[PrefixLength.._dataStart]);
    }

    /// <summary>A damaged copy.</summary>
    public byte[] Apply(Random random) => random.Next(10) switch
    {
        < 4 => WithHeader(_header.Apply(random)),
        < 8 => Damage.Words(_file, _dataStart, random, asSingles: true),
        8 => [.. _file.AsSpan(0, _dataStart), .. Damage.Bytes(_file[_dataStart..], random)],
        _ => Damage.Bytes(_file, random),
    };

    private byte[] WithHeader(byte[] header)
    {
        int length = (header.Length + 7) / 8 * 8;
        var file = new byte[PrefixLength + length + _file.Length - _dataStart];
        BinaryPrimitives.WriteInt64LittleEndian(file, length);
        file.AsSpan(PrefixLength, length).Fill((byte)' ');
        header.CopyTo(file.AsSpan(PrefixLength));
        _file.AsSpan(_dataStart).CopyTo(file.AsSpan(PrefixLength + length));
        return file;
    }
}
