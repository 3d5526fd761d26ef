using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.Hydra.Interop;

/// <summary>
/// Symbol version requirements of a 64-bit little-endian ELF library: the records (section type <c>SHT_GNU_verneed</c>)
/// with which the loader of Linux refuses a library on a system whose libraries are too old.
/// </summary>
internal static class ElfVersionRequirement
{
    private const int HeaderSize = 64;
    private const int SectionHeaderSize = 64;
    private const int NeedSize = 16;
    private const int AuxiliarySize = 16;
    private const uint VersionNeedSection = 0x6ffffffe;
    private const ushort WeakFlag = 0x2;

    /// <summary>
    /// Marks one required version as weak (<c>VER_FLG_WEAK</c>), so that a system without it still loads the library.
    /// </summary>
    /// <param name="image">The whole file; changed in place.</param>
    /// <param name="version">Name of the version, such as <c>GLIBCXX_3.4.32</c>.</param>
    /// <returns>Number of records marked; 0 when the library does not require that version.</returns>
    /// <exception cref="InvalidDataException">The file is not such a library, or its tables point outside of it.</exception>
    public static int MakeWeak(Span<byte> image, string version)
    {
        if (image.Length < HeaderSize || !image[..6].SequenceEqual("\u007fELF\u0002\u0001"u8))
        {
            throw new InvalidDataException("The file is not a 64-bit little-endian ELF library.");
        }

        ulong tableOffset = BinaryPrimitives.ReadUInt64LittleEndian(image[40..]);
        int entrySize = BinaryPrimitives.ReadUInt16LittleEndian(image[58..]);
        int numberOfSections = BinaryPrimitives.ReadUInt16LittleEndian(image[60..]);
        if (numberOfSections > 0 && entrySize < SectionHeaderSize)
        {
            throw new InvalidDataException($"The ELF section headers are {entrySize} bytes long; at least {SectionHeaderSize} were expected.");
        }

        ReadOnlySpan<byte> sections = Slice(image, tableOffset, (ulong)numberOfSections * (ulong)entrySize);
        byte[] name = [.. Encoding.ASCII.GetBytes(version), 0];
        int marked = 0;
        for (int i = 0; i < numberOfSections; i++)
        {
            ReadOnlySpan<byte> section = sections[(i * entrySize)..];
            if (BinaryPrimitives.ReadUInt32LittleEndian(section[4..]) != VersionNeedSection)
            {
                continue;
            }

            uint link = BinaryPrimitives.ReadUInt32LittleEndian(section[40..]);
            if (link >= numberOfSections)
            {
                throw new InvalidDataException($"The ELF version section names string section {link} of {numberOfSections}.");
            }

            ReadOnlySpan<byte> strings = Contents(image, sections[((int)link * entrySize)..]);
            marked += MakeWeak(Contents(image, section), strings, name);
        }

        return marked;
    }

    // Verneed: u16 version, u16 count, u32 file, u32 first auxiliary, u32 next; offsets count from the record itself, 0 ends.
    private static int MakeWeak(Span<byte> needs, ReadOnlySpan<byte> strings, ReadOnlySpan<byte> name)
    {
        int marked = 0;
        ulong at = 0;
        uint next;
        do
        {
            ReadOnlySpan<byte> need = Slice(needs, at, NeedSize);
            int count = BinaryPrimitives.ReadUInt16LittleEndian(need[2..]);
            uint first = BinaryPrimitives.ReadUInt32LittleEndian(need[8..]);
            next = BinaryPrimitives.ReadUInt32LittleEndian(need[12..]);
            marked += MakeWeak(needs, at + first, count, strings, name);
            at += next;
        }
        while (next != 0);

        return marked;
    }

    // Vernaux: u32 hash, u16 flags, u16 index, u32 name, u32 next.
    private static int MakeWeak(Span<byte> needs, ulong at, int count, ReadOnlySpan<byte> strings, ReadOnlySpan<byte> name)
    {
        int marked = 0;
        for (int i = 0; i < count; i++)
        {
            Span<byte> auxiliary = Slice(needs, at, AuxiliarySize);
            uint nameOffset = BinaryPrimitives.ReadUInt32LittleEndian(auxiliary[8..]);
            if (nameOffset < strings.Length && strings[(int)nameOffset..].StartsWith(name))
            {
                Span<byte> flags = auxiliary[4..];
                BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(flags) | WeakFlag));
                marked++;
            }

            uint next = BinaryPrimitives.ReadUInt32LittleEndian(auxiliary[12..]);
            if (next == 0)
            {
                break;
            }

            at += next;
        }

        return marked;
    }

    private static Span<byte> Contents(Span<byte> image, ReadOnlySpan<byte> section) => Slice(
        image,
        BinaryPrimitives.ReadUInt64LittleEndian(section[24..]),
        BinaryPrimitives.ReadUInt64LittleEndian(section[32..]));

    private static Span<byte> Slice(Span<byte> bytes, ulong offset, ulong length)
    {
        ulong size = (ulong)bytes.Length;
        if (offset > size || length > size - offset)
        {
            throw new InvalidDataException($"An ELF table of {length} bytes at {offset} lies outside of its {size} bytes.");
        }

        return bytes.Slice((int)offset, (int)length);
    }
}
