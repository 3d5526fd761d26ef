using System.Security.Cryptography;
using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Robustness.Mutation;

/// <summary>Manifests of entries: one that fits them, or a damaged one with a right checksum.</summary>
internal static class ManifestDamage
{
    /// <summary>The manifest that a writer of these entries would have made.</summary>
    public static byte[] Fitting(IReadOnlyDictionary<string, byte[]> entries) => Write(new ModelManifest("0.1.0", [.. Entries(entries)]));

    /// <summary>A damaged manifest.</summary>
    public static byte[] Apply(IReadOnlyDictionary<string, byte[]> entries, Random random)
    {
        List<ModelManifestEntry> list = [.. Entries(entries)];
        int place = random.Next(list.Count);
        ModelManifestEntry entry = list[place];
        switch (random.Next(9))
        {
            case 0:
                list.RemoveAt(place);
                break;
            case 1:
                list.Add(entry);
                break;
            case 2:
                list[place] = entry with { Length = random.From([0L, -1, 1, entry.Length - 1, entry.Length + 1, int.MaxValue, long.MaxValue, 1L << 40]) };
                break;
            case 3:
                list[place] = entry with { Sha256 = random.From(["", entry.Sha256.ToUpperInvariant(), entry.Sha256[..^1], new string('0', 64), entry.Sha256 + " "]) };
                break;
            case 4:
                list[place] = entry with { Name = random.From(["", "manifest.json", "../options.json", "OPTIONS.JSON", "\n", new string('x', 2000)]) };
                break;
            case 5:
                list.Add(new ModelManifestEntry("later.bin", 3, new string('0', 64)));
                break;
            case 6:
                list.Reverse();
                break;
            case 7:
                return Damage.Bytes(Fitting(entries), random);
            default:
                return new JsonDamage(Fitting(entries)).Apply(random);
        }

        return Write(new ModelManifest(random.From(["0.1.0", "", "99.0", "\u202e\n"]), list));
    }

    private static IEnumerable<ModelManifestEntry> Entries(IReadOnlyDictionary<string, byte[]> entries) =>
        from entry in entries
        where entry.Key != ModelEntry.Manifest.Name
        select new ModelManifestEntry(entry.Key, entry.Value.Length, Convert.ToHexStringLower(SHA256.HashData(entry.Value)));

    private static byte[] Write(ModelManifest manifest)
    {
        using var stream = new MemoryStream();
        manifest.Write(stream);
        return stream.ToArray();
    }
}
