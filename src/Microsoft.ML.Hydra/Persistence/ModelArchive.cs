using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;

namespace Microsoft.ML.Hydra.Persistence;

/// <summary>An entry of a saved model: its name and the most bytes that are written or read.</summary>
internal sealed record ModelEntry(string Name, long MaximumLength)
{
    private const long MiB = 1L << 20;
    private const long GiB = 1L << 30;

    /// <summary>Format, version and the length and checksum of every other entry; written last.</summary>
    public static ModelEntry Manifest { get; } = new("manifest.json", MiB);

    /// <summary>The full options of the trainer.</summary>
    public static ModelEntry Options { get; } = new("options.json", MiB);

    /// <summary>The items in key order.</summary>
    public static ModelEntry Vocabulary { get; } = new("vocabulary.bin", 8 * GiB);

    /// <summary>How often each item occurred in training.</summary>
    public static ModelEntry Popularity { get; } = new("popularity.bin", 2 * GiB);

    /// <summary>A bit for each item row, set where the item may never be recommended; empty when all may.</summary>
    public static ModelEntry Candidates { get; } = new("candidates.bin", GiB);

    /// <summary>The co-occurrence prior; only in models that have one.</summary>
    public static ModelEntry Cooccurrence { get; } = new("cooccurrence.bin", 64 * GiB);

    /// <summary>The encoder of new items; only in models that know words or numbers of items.</summary>
    public static ModelEntry ItemEncoder { get; } = new("item_encoder.safetensors", 16 * GiB);

    /// <summary>The domains of the items; only in models that have several.</summary>
    public static ModelEntry Domains { get; } = new("domains.bin", 16 * GiB);

    /// <summary>The tensors in the safetensors layout.</summary>
    public static ModelEntry Weights { get; } = new("weights.safetensors", 256 * GiB);
}

/// <summary>Where the named entries of a saved model go (a directory of the ML.NET zip, or memory in tests).</summary>
internal interface IModelEntryWriter
{
    /// <summary>Writes one entry; <paramref name="write"/> need not leave the stream open.</summary>
    void Write(string name, Action<Stream> write);
}

/// <summary>Where the named entries of a saved model come from.</summary>
internal interface IModelEntryReader
{
    /// <summary>Opens one entry for reading; false when there is no entry of that name.</summary>
    bool TryRead(string name, Action<Stream> read);
}

/// <summary>
/// A model as one set of entries, each hashed on the way, with the manifest as the last. Whatever is wrong with the bytes of a saved model is
/// reported as an <see cref="InvalidDataException"/> of one sentence, and no entry is read further than the manifest states.
/// </summary>
internal sealed class ModelArchive
{
    private readonly IModelEntryReader _source;

    private ModelArchive(IModelEntryReader source, ModelManifest manifest)
    {
        _source = source;
        Manifest = manifest;
    }

    public ModelManifest Manifest { get; }

    /// <summary>Writes every entry once, forward only, and the manifest. An entry's writer may close the stream it is given.</summary>
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
        WriteEntry(target, ModelEntry.Manifest, manifest.Write);
    }

    /// <summary>Reads and checks the manifest.</summary>
    /// <exception cref="InvalidDataException">There is none, it is damaged, or a newer library wrote it.</exception>
    public static ModelArchive Open(IModelEntryReader source)
    {
        byte[]? bytes = null;
        if (!TryRead(source, ModelEntry.Manifest.Name, stream => bytes = ReadManifest(stream)))
        {
            throw new InvalidDataException(
                $"The saved model has no entry '{ModelEntry.Manifest.Name}'; it was not written by Microsoft.ML.Hydra or is incomplete.");
        }

        return new ModelArchive(source, ModelManifest.Parse(bytes));
    }

    /// <summary>Whether the model has an entry.</summary>
    public bool Has(ModelEntry entry) => Manifest.Entries.Any(stated => stated.Name == entry.Name);

    /// <summary>
    /// Passes the content of an entry to <paramref name="read"/> and returns its result once length and checksum are
    /// known to be right. The content is not yet checked while <paramref name="read"/> runs, so that must be defensive.
    /// </summary>
    /// <exception cref="InvalidDataException">The entry is missing, too long, damaged, or not what <paramref name="read"/> expects.</exception>
    public T Read<T>(ModelEntry entry, Func<Stream, T> read)
    {
        ModelManifestEntry stated = Manifest.Entries.FirstOrDefault(candidate => candidate.Name == entry.Name)
            ?? throw Invalid(entry.Name, "the manifest does not list it");
        if (stated.Length > entry.MaximumLength)
        {
            throw Invalid(entry.Name, $"the manifest states {stated.Length} bytes, more than the {entry.MaximumLength} accepted");
        }

        T result = default!;
        return TryRead(_source, entry.Name, stream => result = ReadEntry(stated, stream, read))
            ? result
            : throw Invalid(entry.Name, "the manifest lists it but it is missing");
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
            throw new InvalidOperationException($"The entry '{entry.Name}' was not written: its target never requested the content.");
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
        Assembly library = typeof(ModelArchive).Assembly;
        string? version = library.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        return version?.Split('+')[0] ?? library.GetName().Version!.ToString();
    }

    private static T ReadEntry<T>(ModelManifestEntry stated, Stream source, Func<Stream, T> read)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var content = new EntryReadStream(source, stated.Length, hash);
        T result;
        try
        {
            result = read(content);
        }
        catch (Exception cause) when (IsAboutContent(cause))
        {
            // Damage explains the failure of a parser better than the parser's own message.
            throw Invalid(stated.Name, content.FindDamage(stated.Sha256) ?? Finding(cause), cause);
        }

        return content.FindDamage(stated.Sha256) is string damage ? throw Invalid(stated.Name, damage) : result;
    }

    private static byte[] ReadManifest(Stream source)
    {
        using var bytes = new MemoryStream();
        Span<byte> piece = stackalloc byte[4096];
        while (source.Read(piece) is int read and > 0)
        {
            bytes.Write(piece[..read]);
            if (bytes.Length > ModelEntry.Manifest.MaximumLength)
            {
                throw Invalid(ModelEntry.Manifest.Name, $"it is longer than the {ModelEntry.Manifest.MaximumLength} bytes accepted");
            }
        }

        return bytes.ToArray();
    }

    /// <summary>Turns failures of the source itself, such as a damaged zip, into the same kind of exception.</summary>
    private static bool TryRead(IModelEntryReader source, string name, Action<Stream> read)
    {
        try
        {
            return source.TryRead(name, read);
        }
        catch (Exception cause) when (cause is not InvalidDataException && IsAboutContent(cause))
        {
            throw Invalid(name, cause.Message.TrimEnd('.'), cause);
        }
    }

    /// <summary>What a reader of content found, without a parser's habits: several sentences, lines and positions, names of parameters.</summary>
    private static string Finding(Exception cause) => cause switch
    {
        InvalidDataException => cause.Message.TrimEnd('.'),
        JsonException { LineNumber: long line } => $"its JSON is not valid, or has a value of another kind than expected, at line {line + 1}",
        JsonException or InvalidOperationException => "its JSON has a value of another kind than expected",
        KeyNotFoundException => "a value is missing in its JSON",
        ArgumentException { ParamName: string name } => cause.Message.Replace($" (Parameter '{name}')", null, StringComparison.Ordinal).TrimEnd('.'),
        _ => MessageText.OneLine(cause.Message).TrimEnd('.'),
    };

    /// <summary>False for failures that say nothing about the bytes: a disk, a permission, memory, a cancellation.</summary>
    private static bool IsAboutContent(Exception cause) => cause switch
    {
        EndOfStreamException => true,
        IOException or UnauthorizedAccessException or OutOfMemoryException or OperationCanceledException => false,
        _ => true,
    };

    private static InvalidDataException Invalid(string name, string finding, Exception? cause = null) =>
        new($"The entry '{name}' of the saved model cannot be read: {finding}.", cause);
}
