using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Interop;

/// <summary>
/// A zip that <c>mlContext.Model.Save</c> wrote, read in place: ML.NET itself unpacks every large entry into a temporary file first. Nothing in the zip
/// chooses what code runs: models of other libraries are passed over.
/// </summary>
internal static class MlNetZipReader
{
    private const string HeaderName = "Model.key";

    /// <summary>Finds the one model of this library and reads it.</summary>
    /// <param name="stream">The zip; left open.</param>
    /// <param name="read">Reads the entries of the model; also receives whether the zip holds other transformers.</param>
    /// <exception cref="InvalidDataException">The stream is not a zip, holds no model of this library or several, or the model is in another format.</exception>
    public static T Read<T>(Stream stream, Func<IModelEntryReader, bool, T> read)
    {
        using ZipArchive zip = Open(stream);
        Dictionary<string, ZipArchiveEntry> entries = EntriesOf(zip);
        var found = new List<(string Folder, ModelHeader Header)>();
        var others = new List<string>();
        foreach ((string name, ZipArchiveEntry entry) in entries)
        {
            if (name == HeaderName || name.EndsWith('/' + HeaderName, StringComparison.Ordinal))
            {
                string folder = name[..^HeaderName.Length];
                if (ModelHeader.TryRead(entry) is { } header)
                {
                    found.Add((folder, header));
                }
                else
                {
                    others.Add(folder);
                }
            }
        }

        if (found.Count != 1)
        {
            throw new InvalidDataException(found.Count == 0
                ? "The zip holds no model of Microsoft.ML.Hydra; load it with mlContext.Model.Load."
                : $"The zip holds {found.Count} models of Microsoft.ML.Hydra, but LoadModel reads a zip with one; load it with mlContext.Model.Load, and take the transformer that you need from the chain.");
        }

        (string place, ModelHeader model) = found[0];
        model.Check();
        return read(new ZipEntries(entries, place), others.Exists(folder => !place.StartsWith(folder, StringComparison.Ordinal)));
    }

    private static ZipArchive Open(Stream stream)
    {
        try
        {
            return new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        }
        catch (Exception e) when (IsAboutContent(e))
        {
            throw new InvalidDataException($"This is not a zip that mlContext.Model.Save wrote, or it is damaged: {e.Message}");
        }
    }

    // As ML.NET does: either separator, and of two entries with the same name the last.
    private static Dictionary<string, ZipArchiveEntry> EntriesOf(ZipArchive zip)
    {
        var entries = new Dictionary<string, ZipArchiveEntry>(StringComparer.Ordinal);
        try
        {
            foreach (ZipArchiveEntry entry in zip.Entries)
            {
                entries[entry.FullName.Replace('\\', '/')] = entry;
            }
        }
        catch (Exception e) when (IsAboutContent(e))
        {
            throw new InvalidDataException($"The zip is damaged: {e.Message}");
        }

        return entries;
    }

    // What the runtime's reader of zips throws for forged numbers, but no error of the disk.
    private static bool IsAboutContent(Exception error) =>
        error is InvalidDataException or EndOfStreamException or ArgumentException or OverflowException or NotSupportedException;

    /// <summary>The entries of one folder.</summary>
    private sealed class ZipEntries(Dictionary<string, ZipArchiveEntry> entries, string folder) : IModelEntryReader
    {
        public bool TryRead(string name, Action<Stream> read)
        {
            if (!entries.TryGetValue(folder + name, out ZipArchiveEntry? entry))
            {
                return false;
            }

            using Stream content = Open(entry);
            read(content);
            return true;
        }

        private static Stream Open(ZipArchiveEntry entry)
        {
            try
            {
                return entry.Open();
            }
            catch (Exception e) when (IsAboutContent(e))
            {
                throw new InvalidDataException($"The entry '{MessageText.Of(entry.Name)}' of the saved model cannot be read: {e.Message}");
            }
        }
    }

    /// <summary>What the header of a model states: the version of its format, and which version of this library saved it.</summary>
    private sealed record ModelHeader(uint Written, uint Readable, string Library)
    {
        // ML.NET's header, little-endian: "ML MODEL" with zeros for spaces, ..., int64 at 0x10 and 0x18 place and length of the main stream, at 0x40 the
        // signature of the format, uint32 at 0x48 and 0x4C its version and the oldest that can read it. This library's main stream is one string.
        private const int Size = 0x100;
        private const int LargestEntry = 1 << 16;

        /// <summary>Reads a header; null when the model is not one of this library.</summary>
        public static ModelHeader? TryRead(ZipArchiveEntry entry)
        {
            byte[] bytes = new byte[LargestEntry];
            int length;
            try
            {
                using Stream stream = entry.Open();
                length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            }
            catch (Exception e) when (IsAboutContent(e))
            {
                return null;
            }

            ReadOnlySpan<byte> header = bytes.AsSpan(0, length);
            return length >= Size && header[..8].SequenceEqual("ML\0MODEL"u8) && header[0x40..0x48].SequenceEqual(Encoding.ASCII.GetBytes(MlNetModel.ModelSignature))
                ? new ModelHeader(
                    BinaryPrimitives.ReadUInt32LittleEndian(header[0x48..]),
                    BinaryPrimitives.ReadUInt32LittleEndian(header[0x4C..]),
                    LibraryOf(header))
                : null;
        }

        /// <exception cref="InvalidDataException">This version does not read the format.</exception>
        public void Check()
        {
            if (Written > MlNetModel.FormatVersion || Written < MlNetModel.OldestReadableFormatVersion || Readable > Written)
            {
                throw MlNetModel.Unreadable(Library);
            }
        }

        // One byte of length, then UTF-8: a version is short.
        private static string LibraryOf(ReadOnlySpan<byte> header)
        {
            long place = BinaryPrimitives.ReadInt64LittleEndian(header[0x10..]);
            return place >= Size && place < header.Length && header[(int)place] is byte length and < 0x80 && place + 1 + length <= header.Length
                ? Encoding.UTF8.GetString(header.Slice((int)place + 1, length))
                : "an unknown version";
        }
    }
}
