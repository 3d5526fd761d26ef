using System.Text;

namespace Microsoft.ML.Hydra.Items;

/// <summary>
/// The saved form of <see cref="ItemDomains"/>, little-endian: <c>int32 version</c>, <c>int32 domains</c>, their names as <see cref="ItemVocabularyFormat"/>
/// writes a text, and for each item, row 1 first, the number of its domain as <c>int32</c>, −1 for none.
/// </summary>
internal static class ItemDomainsFormat
{
    private const int Version = 1;

    /// <summary>Writes domains and leaves the stream open.</summary>
    public static void Write(Stream stream, ItemDomains domains)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(Version);
        writer.Write(domains.Count);
        foreach (string name in domains.Names)
        {
            ItemVocabularyFormat.WriteText(writer, name);
        }

        foreach (int domain in domains.OfItems[1..])
        {
            writer.Write(domain);
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote, to the end of the stream.</summary>
    /// <param name="stream">The entry.</param>
    /// <param name="numberOfItems">Items of the model.</param>
    /// <exception cref="InvalidDataException">The content is not that of domains.</exception>
    /// <exception cref="EndOfStreamException">It ends early.</exception>
    public static ItemDomains Read(Stream stream, int numberOfItems)
    {
        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        if (reader.ReadInt32() is int version and not Version)
        {
            throw new InvalidDataException($"The domains are of version {version}, but this library reads version {Version}; load the model with the library that saved it.");
        }

        int count = reader.ReadInt32();
        if (count < 1)
        {
            throw new InvalidDataException($"It says that there are {count} domains; save the model again.");
        }

        var names = new List<string>();
        while (names.Count < count)
        {
            string name = ItemVocabularyFormat.ReadText(reader);
            names.Add(name.Length > 0 ? name : throw new InvalidDataException($"Domain {names.Count + 1} has no name; save the model again."));
        }

        var ofItem = new List<int> { ItemDomains.None };
        while (ofItem.Count <= numberOfItems)
        {
            int domain = reader.ReadInt32();
            if (domain < ItemDomains.None || domain >= count)
            {
                throw new InvalidDataException($"Item {ofItem.Count} is in domain {domain} of {count}; save the model again.");
            }

            ofItem.Add(domain);
        }

        return stream.ReadByte() >= 0 ? throw new InvalidDataException("The domains go on after the last item; save the model again.")
            : names.Distinct(StringComparer.Ordinal).Count() < count ? throw new InvalidDataException("Two domains have the same name; save the model again.")
            : new ItemDomains([.. names], [.. ofItem]);
    }
}
