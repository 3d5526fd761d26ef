namespace Microsoft.ML.Hydra.Persistence;

/// <summary>The table of contents of a saved model.</summary>
/// <param name="LibraryVersion">Version of the library that wrote the model.</param>
/// <param name="Entries">All entries but the manifest itself, in the order written.</param>
internal sealed record ModelManifest(string LibraryVersion, IReadOnlyList<ModelManifestEntry> Entries)
{
    /// <summary>What every manifest names itself.</summary>
    public const string Format = "Microsoft.ML.Hydra model";

    /// <summary>The version of the entry set that this library writes, and the newest that it reads.</summary>
    public const int FormatVersion = 1;

    /// <summary>SHA-256 over all of the above.</summary>
    public string Digest()
    {
        using var digest = new ContentDigest();
        digest.Add(Format);
        digest.Add(FormatVersion);
        digest.Add(LibraryVersion);
        digest.Add(Entries.Count);
        foreach (ModelManifestEntry entry in Entries)
        {
            digest.Add(entry.Name);
            digest.Add(entry.Length);
            digest.Add(entry.Sha256);
        }

        return digest.Take();
    }
}
