using System.Runtime.InteropServices;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Tuning;

/// <summary>Recognises the data of a search: SHA-256 of the items' ids and of every sequence, with its times where they are read.</summary>
internal static class DataFingerprint
{
    /// <summary>The fingerprint of data that can be searched on.</summary>
    /// <param name="data">The sequences that every trial trains and validates on.</param>
    /// <param name="itemsColumnName">The column that they are from.</param>
    /// <exception cref="ArgumentException">No sequence can be validated on.</exception>
    public static string Of(SequenceData data, string itemsColumnName)
    {
        using var digest = new ContentDigest();
        digest.Add(data.Vocabulary.Write);
        digest.Add(data.Dataset.Count);
        bool canValidate = false;
        for (int i = 0; i < data.Dataset.Count; i++)
        {
            int[] items = data.Dataset[i].ToArray();
            canValidate |= items.Length > 2;
            digest.Add(items.Length);
            float[] times = data.Dataset.Times(i).ToArray();
            digest.Add(stream =>
            {
                stream.Write(MemoryMarshal.AsBytes<int>(items));
                stream.Write(MemoryMarshal.AsBytes<float>(times));
            });
        }

        return canValidate
            ? digest.Take()
            : throw new ArgumentException(
                $"Column \"{itemsColumnName}\" holds {data.Dataset.Count} sequences and none of three or more items; at least one is needed to validate on.");
    }
}
