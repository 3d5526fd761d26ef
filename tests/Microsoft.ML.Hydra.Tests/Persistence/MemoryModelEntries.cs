using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Tests.Persistence;

/// <summary>Entries of a model in memory; streams are forward only by default.</summary>
internal sealed class MemoryModelEntries : IModelEntryWriter, IModelEntryReader
{
    public Dictionary<string, byte[]> Bytes { get; init; } = [];

    public List<string> Order { get; } = [];

    /// <summary>Whether readers get seekable streams, as from the ML.NET zip, or ones that only go forward.</summary>
    public bool Seekable { get; init; }

    public MemoryModelEntries With(string name, byte[]? bytes)
    {
        var copy = new MemoryModelEntries { Bytes = new(Bytes), Seekable = Seekable };
        if (bytes is null)
        {
            copy.Bytes.Remove(name);
        }
        else
        {
            copy.Bytes[name] = bytes;
        }

        return copy;
    }

    public void Write(string name, Action<Stream> write)
    {
        using var bytes = new MemoryStream();
        write(bytes);
        Bytes.Add(name, bytes.ToArray());
        Order.Add(name);
    }

    public bool TryRead(string name, Action<Stream> read)
    {
        if (!Bytes.TryGetValue(name, out byte[]? bytes))
        {
            return false;
        }

        using Stream stream = Seekable ? new MemoryStream(bytes, writable: false) : new TrickleStream(bytes);
        read(stream);
        return true;
    }
}
