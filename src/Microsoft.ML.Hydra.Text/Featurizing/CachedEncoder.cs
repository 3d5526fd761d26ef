using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.Hydra.Text.Caching;

namespace Microsoft.ML.Hydra.Text.Featurizing;

/// <summary>An encoder before which a cache stands: each text is encoded once. Safe for many threads.</summary>
/// <param name="encoder">Encodes the texts that the cache does not have.</param>
/// <param name="cache">The vectors of earlier texts.</param>
/// <param name="throwIfCancelled">Asked before each batch that is encoded.</param>
internal sealed class CachedEncoder(TextEncoder encoder, VectorCache cache, Action throwIfCancelled)
{
    /// <summary>Texts that are encoded between two visits to the cache: what an interruption loses.</summary>
    private const int TextsAtOnce = 256;

    private readonly byte[] _identity = Encoding.ASCII.GetBytes(encoder.Identity);

    /// <summary>A vector for each text; all NaN where it has no letter and no digit.</summary>
    public float[][] Encode(IReadOnlyList<string> texts)
    {
        var vectors = new float[texts.Count][];
        VectorKey[] keys = [.. texts.Select(KeyOf)];
        var found = new Dictionary<VectorKey, float[]>(texts.Count);
        cache.Find([.. keys.Where((_, i) => TextEncoder.SaysSomething(texts[i]))], encoder.Dimension, found);
        int[] missing = [.. Enumerable.Range(0, texts.Count).Where(i => !found.ContainsKey(keys[i])).DistinctBy(i => keys[i])];
        foreach (int[] batch in missing.Chunk(TextsAtOnce))
        {
            throwIfCancelled();
            float[][] encoded = encoder.Encode([.. batch.Select(i => texts[i])]);
            var added = new List<(VectorKey, float[])>(batch.Length);
            for (int i = 0; i < batch.Length; i++)
            {
                found.Add(keys[batch[i]], encoded[i]);
                if (!float.IsNaN(encoded[i][0]))
                {
                    added.Add((keys[batch[i]], encoded[i]));
                }
            }

            cache.Add(added);
        }

        for (int i = 0; i < vectors.Length; i++)
        {
            vectors[i] = found[keys[i]];
        }

        return vectors;
    }

    // The identity has 64 digits always, so no two pairs of identity and text share their bytes.
    private VectorKey KeyOf(string text)
    {
        ReadOnlySpan<byte> utf16 = MemoryMarshal.AsBytes(text.AsSpan());
        byte[] bytes = new byte[_identity.Length + utf16.Length];
        _identity.CopyTo(bytes, 0);
        utf16.CopyTo(bytes.AsSpan(_identity.Length));
        return VectorKey.Read(SHA256.HashData(bytes));
    }
}
