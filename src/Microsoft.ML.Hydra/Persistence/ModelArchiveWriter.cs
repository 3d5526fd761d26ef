using System.Reflection;
using System.Security.Cryptography;

namespace Microsoft.ML.Hydra.Persistence;

/// <summary>Writes a model as one set of entries, each hashed on the way, and the manifest as the last.</summary>
internal static class ModelArchiveWriter
{
    /// <summary>Writes every entry once, forward only. An entry's writer may close the stream it is given.</summary>
    /// <exception cref="ArgumentException">Two entries share a name, or one is named like the manifest.</exception>
    /// <exception cref="InvalidOperationException">An entry is longer than a reader accepts.</exception>
    public static void Write(IModelEntryWriter target, params IReadOnlyList<(ModelEntry Entry, Action<Stream> Write)> entries)
    {
        CheckNames(entries);
        var written = new List<ModelManifestEntry>(entries.Count);
        foreach ((ModelEntry entry, Action<Stream> write) in entries)
        {
            written.Add(WriteEntry(target, entry, write));
        }

        var manifest = new ModelManifest(LibraryVersion(), written);
        WriteEntry(target, ModelEntry.Manifest, stream => ModelManifestJson.Write(stream, manifest));
    }

    private static ModelManifestEntry WriteEntry(IModelEntryWriter target, ModelEntry entry, Action<Stream> write)
    {
        ModelManifestEntry? written = null;
        target.Write(entry.Name, stream =>
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var content = new HashingWriteStream(stream, hash);
            write(content);
            content.Flush();
            written = new ModelManifestEntry(entry.Name, content.BytesWritten, Convert.ToHexStringLower(hash.GetHashAndReset()));
        });
        if (written is null)
        {
            throw new InvalidOperationException($"The entry '{entry.Name}' was not written: its target never asked for the content.");
        }

        return written.Length <= entry.MaximumLength
            ? written
            : throw new InvalidOperationException(
                $"The entry '{entry.Name}' takes {written.Length} bytes; a model can hold at most {entry.MaximumLength} there.");
    }

    private static void CheckNames(IReadOnlyList<(ModelEntry Entry, Action<Stream> Write)> entries)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { ModelEntry.Manifest.Name };
        foreach ((ModelEntry entry, _) in entries)
        {
            if (!names.Add(entry.Name))
            {
                throw new ArgumentException($"The entry name '{entry.Name}' is used twice; names must be unique.", nameof(entries));
            }
        }
    }

    /// <summary>The package version, without the build's commit that may follow a '+'.</summary>
    private static string LibraryVersion()
    {
        Assembly library = typeof(ModelArchiveWriter).Assembly;
        string? version = library.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        return version?.Split('+')[0] ?? library.GetName().Version!.ToString();
    }
}
