using System.Security.Cryptography;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>
/// The stored form of a user's state, little-endian: the mark <c>HYDRAUSR</c>, <c>byte version</c>, SHA-256 of the model's encoder, <c>int32 items</c> of
/// its catalogue, SHA-256 of those (<see cref="ModelIdentity"/>), <c>int32 events</c>, <c>float64 last known time</c>, <c>int64 skipped items</c>, the numbers of <see cref="SequenceState.Values"/> as float32,
/// <c>int32 recent items</c>, their rows as <c>int32</c>, oldest first, <c>int32 seen items</c>, their rows as
/// differences in 7 bits a byte, and SHA-256 of all bytes before it. Version 2, which is still read, has SHA-256 of the whole model instead of the
/// first three. A state belongs to every model with that encoder whose catalogue begins with those items.
/// </summary>
internal static class UserStateFormat
{
    private const byte Version = 3;
    private const byte VersionOfWholeModels = 2;

    private static ReadOnlySpan<byte> Mark => "HYDRAUSR"u8;

    /// <summary>Stores a state.</summary>
    public static byte[] Write(ModelIdentity model, UserHistory history, long skipped)
    {
        SequenceState sequence = history.Sequence;
        using var stream = new MemoryStream((sequence.Values.Length * sizeof(float)) + (2 * history.Seen.Length) + 256);
        using var writer = new BinaryWriter(stream);
        writer.Write(Mark);
        writer.Write(Version);
        writer.Write(model.Encoder);
        writer.Write(model.NumberOfItems);
        writer.Write(model.Catalog(model.NumberOfItems));
        writer.Write(sequence.Events);
        writer.Write(sequence.LastTime);
        writer.Write(skipped);
        writer.Write(MemoryMarshal.AsBytes(sequence.Values));
        writer.Write(history.Recent.Length);
        writer.Write(MemoryMarshal.AsBytes(history.Recent));
        writer.Write(history.Seen.Length);
        int last = 0;
        foreach (int row in history.Seen)
        {
            writer.Write7BitEncodedInt(row - last);
            last = row;
        }

        writer.Flush();
        writer.Write(SHA256.HashData(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>Reads what <see cref="Write"/> wrote and no more bytes. Memory is bounded by the sizes of the model.</summary>
    /// <param name="stream">Where it comes from.</param>
    /// <param name="model">The model that it must belong to.</param>
    /// <param name="sequence">Receives the state.</param>
    /// <param name="recent">Receives the last items; empty before.</param>
    /// <param name="seen">Receives the items; empty before.</param>
    /// <returns>Number of items that were skipped.</returns>
    /// <exception cref="InvalidDataException">The content is not a state, is damaged or truncated, or belongs to another model.</exception>
    public static long Read(Stream stream, ModelIdentity model, SequenceState sequence, RecentItems recent, SeenItems seen)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var source = new HashedSource(stream, hash);
        try
        {
            int numberOfItems = ReadHead(source, model);
            int events = source.Read<int>();
            double lastTime = source.Read<double>();
            long skipped = source.Read<long>();
            source.Fill(MemoryMarshal.AsBytes(sequence.Values));
            ReadRecent(source, numberOfItems, recent);
            ReadSeen(source, numberOfItems, seen);
            Span<byte> stated = stackalloc byte[SHA256.HashSizeInBytes];
            stream.ReadExactly(stated);
            if (!hash.GetHashAndReset().AsSpan().SequenceEqual(stated) || events < 0 || skipped < 0 || double.IsInfinity(lastTime))
            {
                throw Damaged("its checksum is not that of its content");
            }

            (sequence.Events, sequence.LastTime) = (events, lastTime);
            return skipped;
        }
        catch (EndOfStreamException)
        {
            throw Damaged("it ends early");
        }
    }

    // The number of items that the state was made with.
    private static int ReadHead(HashedSource source, ModelIdentity model)
    {
        if (!source.Fill(stackalloc byte[Mark.Length]).SequenceEqual(Mark))
        {
            throw new InvalidDataException("These bytes are not the state of a user; give what HydraUserState.Write wrote.");
        }

        byte version = source.Read<byte>();
        if (version is not (Version or VersionOfWholeModels))
        {
            throw new InvalidDataException(
                $"The user's state is of version {version}, but this library reads versions {VersionOfWholeModels} and {Version}; use the library that wrote it, or make a new state from the user's history.");
        }

        Span<byte> stated = source.Fill(stackalloc byte[SHA256.HashSizeInBytes]);
        if (!stated.SequenceEqual(version == Version ? model.Encoder : model.Whole))
        {
            throw new InvalidDataException(
                "The user's state belongs to another model; read it with the model that it was made with, or make a new state from the user's history.");
        }

        return version == Version ? ReadCatalog(source, model) : model.NumberOfItems;
    }

    private static int ReadCatalog(HashedSource source, ModelIdentity model)
    {
        int items = source.Read<int>();
        Span<byte> stated = source.Fill(stackalloc byte[SHA256.HashSizeInBytes]);
        if (items < 0 || items > model.NumberOfItems)
        {
            throw new InvalidDataException(
                $"The user's state belongs to another version of the model, with {items} items, and this one has {model.NumberOfItems}; read it with that version or a later one, or make a new state from the user's history.");
        }

        return stated.SequenceEqual(model.Catalog(items)) ? items : throw new InvalidDataException(
            $"The user's state belongs to another model: the first {items} items, with which it was made, are others in this one; read it with the model that it was made with, or make a new state from the user's history.");
    }

    private static void ReadRecent(HashedSource source, int numberOfItems, RecentItems recent)
    {
        int count = source.Read<int>();
        if (count < 0 || count > recent.Capacity)
        {
            throw Damaged($"it holds {count} recent items, of at most {recent.Capacity}");
        }

        for (int i = 0; i < count; i++)
        {
            int row = source.Read<int>();
            recent.Add([row > 0 && row <= numberOfItems ? row : throw Damaged($"it holds item row {row}, of {numberOfItems}")]);
        }
    }

    private static void ReadSeen(HashedSource source, int numberOfItems, SeenItems seen)
    {
        int count = source.Read<int>();
        int row = 0;
        for (int i = 0; i < count; i++)
        {
            long next = row + (long)ReadDifference(source);
            if (next <= row || next > numberOfItems)
            {
                throw Damaged($"it holds item row {next} after {row}, of {numberOfItems}");
            }

            row = (int)next;
            seen.Add([row]);
        }
    }

    private static uint ReadDifference(HashedSource source)
    {
        uint number = 0;
        for (int shift = 0; shift < 32; shift += 7)
        {
            byte bits = source.Read<byte>();
            number |= (uint)(bits & 0x7F) << shift;
            if (bits < 0x80)
            {
                return number;
            }
        }

        throw Damaged("it holds a number of more than 32 bits");
    }

    private static InvalidDataException Damaged(string finding) =>
        new($"The user's state is damaged: {finding}; make a new state from the user's history.");

    // Reads from a stream and takes the hash on the way.
    private readonly ref struct HashedSource(Stream stream, IncrementalHash hash)
    {
        public Span<byte> Fill(Span<byte> bytes)
        {
            stream.ReadExactly(bytes);
            hash.AppendData(bytes);
            return bytes;
        }

        public T Read<T>()
            where T : unmanaged
        {
            T value = default;
            Fill(MemoryMarshal.AsBytes(new Span<T>(ref value)));
            return value;
        }
    }
}
