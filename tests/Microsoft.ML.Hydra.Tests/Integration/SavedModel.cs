using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>A zip that ML.NET saved, in memory.</summary>
internal sealed class SavedModel(byte[] bytes)
{
    // The options' entry has the times of the epochs, the manifest its checksum: they differ between equal trainings.
    private static readonly string[] s_learned = ["vocabulary.bin", "popularity.bin", "candidates.bin", "weights.safetensors"];

    /// <summary>The zip.</summary>
    public byte[] Bytes => bytes;

    /// <summary>Saves through ML.NET.</summary>
    public static SavedModel Save(MLContext mlContext, ITransformer model, DataViewSchema? schema = null)
    {
        using var stream = new MemoryStream();
        mlContext.Model.Save(model, schema, stream);
        return new SavedModel(stream.ToArray());
    }

    /// <summary>Loads through ML.NET.</summary>
    public ITransformer Load(MLContext mlContext) => mlContext.Model.Load(new MemoryStream(bytes), out _);

    /// <summary>All entries of the zip by their full names.</summary>
    public IReadOnlyDictionary<string, byte[]> Entries()
    {
        using var archive = new ZipArchive(new MemoryStream(bytes), ZipArchiveMode.Read);
        var entries = new Dictionary<string, byte[]>();
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            using Stream content = entry.Open();
            using var copy = new MemoryStream();
            content.CopyTo(copy);
            entries.Add(entry.FullName, copy.ToArray());
        }

        return entries;
    }

    /// <summary>SHA-256 over vocabulary, popularity, candidates and weights; equal only when each is, bit for bit.</summary>
    public string DigestOfLearned()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        int found = 0;
        foreach ((string name, byte[] content) in Entries().OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (s_learned.Any(learned => name.EndsWith(learned, StringComparison.Ordinal)))
            {
                found++;
                hash.AppendData(Encoding.UTF8.GetBytes(name));
                hash.AppendData(content);
            }
        }

        return found == s_learned.Length
            ? System.Convert.ToHexString(hash.GetHashAndReset())
            : throw new InvalidDataException($"The zip has {found} of the entries {string.Join(", ", s_learned)}.");
    }
}
