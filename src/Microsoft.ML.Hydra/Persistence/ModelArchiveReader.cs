using System.Security.Cryptography;

namespace Microsoft.ML.Hydra.Persistence;

/// <summary>
/// Reads the entries of a saved model against its manifest. Whatever is wrong with the bytes ends in an
/// <see cref="InvalidDataException"/> of one sentence, and no entry is read further than the manifest states.
/// </summary>
internal sealed class ModelArchiveReader
{
    private readonly IModelEntryReader _source;

    private ModelArchiveReader(IModelEntryReader source, ModelManifest manifest)
    {
        _source = source;
        Manifest = manifest;
    }

    public ModelManifest Manifest { get; }

    /// <summary>Reads and checks the manifest.</summary>
    /// <exception cref="InvalidDataException">There is none, it is damaged, or a newer library wrote it.</exception>
    public static ModelArchiveReader Open(IModelEntryReader source)
    {
        byte[]? bytes = null;
        if (!TryRead(source, ModelEntry.Manifest.Name, stream => bytes = ReadManifest(stream)))
        {
            throw new InvalidDataException(
                $"The saved model has no entry '{ModelEntry.Manifest.Name}'; it was not written by Microsoft.ML.Hydra or is incomplete.");
        }

        return new ModelArchiveReader(source, ModelManifestJson.Parse(bytes));
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
            throw Invalid(entry.Name, $"the manifest claims {stated.Length} bytes, more than the {entry.MaximumLength} accepted");
        }

        T result = default!;
        return TryRead(_source, entry.Name, stream => result = ReadEntry(stated, stream, read))
            ? result
            : throw Invalid(entry.Name, "the manifest lists it but it is missing");
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
            // Damage explains a parser's complaint better than the complaint itself.
            throw Invalid(stated.Name, content.FindDamage(stated.Sha256) ?? cause.Message.TrimEnd('.'), cause);
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

    /// <summary>Failures of the source itself, such as a damaged zip, become the same kind of exception.</summary>
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
