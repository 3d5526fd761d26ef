namespace Microsoft.ML.Hydra.Persistence;

/// <summary>What the manifest states of one entry; the hash is 64 lower-case hexadecimal digits.</summary>
internal sealed record ModelManifestEntry(string Name, long Length, string Sha256);
