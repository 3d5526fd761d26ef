using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Microsoft.ML.Hydra.Interop;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Interop;

public sealed class ElfVersionRequirementTests
{
    private const int StringsOffset = 64;
    private const int NeedsOffset = 128;
    private const int SectionsOffset = 256;
    private const int FileSize = SectionsOffset + (3 * 64);

    [Fact]
    public void Only_the_named_version_becomes_weak()
    {
        byte[] before = Library();
        byte[] after = Library();

        Assert.Equal(1, ElfVersionRequirement.MakeWeak(after, "V_1.2"));

        int[] changed = [.. Enumerable.Range(0, FileSize).Where(i => before[i] != after[i])];
        Assert.Equal([NeedsOffset + 48 + 16 + 4], changed);
        Assert.Equal(2, after[changed[0]]);
    }

    [Fact]
    public void A_version_that_starts_like_another_is_another()
    {
        byte[] image = Library();

        Assert.Equal(1, ElfVersionRequirement.MakeWeak(image, "V_1"));
        Assert.Equal(0, ElfVersionRequirement.MakeWeak(image, "V_1."));
        Assert.Equal(Library().Length, image.Length);
    }

    [Fact]
    public void A_library_without_the_version_stays_as_it_is()
    {
        byte[] image = Library();

        Assert.Equal(0, ElfVersionRequirement.MakeWeak(image, "V_9"));

        Assert.Equal(Library(), image);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(63)]
    [InlineData(SectionsOffset + 100)]
    public void A_truncated_file_is_refused(int length) =>
        Assert.Throws<InvalidDataException>(() => ElfVersionRequirement.MakeWeak(Library().AsSpan(0, length), "V_1.2"));

    [Theory]
    [InlineData(0, 0x7e)] // magic
    [InlineData(4, 1)] // 32 bits
    [InlineData(5, 2)] // big-endian
    [InlineData(47, 0xff)] // section table far away
    [InlineData(58, 8)] // section headers too short
    [InlineData(SectionsOffset + 64 + 40, 77)] // no such string section
    [InlineData(SectionsOffset + 64 + 31, 0x80)] // version section far away
    [InlineData(SectionsOffset + 64 + 39, 0x80)] // version section too long
    [InlineData(NeedsOffset + 11, 0x80)] // first auxiliary far away
    [InlineData(NeedsOffset + 15, 0x80)] // next record far away
    public void A_malformed_file_is_refused(int at, byte value)
    {
        byte[] image = Library();
        image[at] = value;

        Assert.Throws<InvalidDataException>(() => ElfVersionRequirement.MakeWeak(image, "V_1.2"));
    }

    [Fact]
    public void Random_damage_is_accepted_or_refused_as_bad_data() => Gen.Select(Gen.Int[0, FileSize - 1], Gen.Byte).Array[1, 8].Sample(damage =>
    {
        byte[] image = Library();
        foreach ((int at, byte value) in damage)
        {
            image[at] = value;
        }

        try
        {
            return ElfVersionRequirement.MakeWeak(image, "V_1.2") <= 1 + 0xffff;
        }
        catch (InvalidDataException)
        {
            return true;
        }
    });

    // Two records in the version section: liba.so requires V_1, libb.so V_1 ... and V_1.2.
    private static byte[] Library()
    {
        byte[] image = new byte[FileSize];
        "\u007fELF\u0002\u0001"u8.CopyTo(image);
        Write64(40, SectionsOffset);
        Write16(58, 64);
        Write16(60, 3);

        byte[] strings = Encoding.ASCII.GetBytes("\0liba.so\0V_0\0libb.so\0V_1\0V_1.2\0");
        strings.CopyTo(image, StringsOffset);

        // liba.so: one version, V_0; the auxiliary 16 bytes on, the next record 32 bytes on.
        Need(NeedsOffset, count: 1, file: 1, next: 32);
        Auxiliary(NeedsOffset + 16, name: 9, next: 0);
        // libb.so: V_1 and V_1.2.
        Need(NeedsOffset + 32, count: 2, file: 13, next: 0);
        Auxiliary(NeedsOffset + 48, name: 21, next: 16);
        Auxiliary(NeedsOffset + 64, name: 25, next: 0);

        Section(1, type: 0x6ffffffe, NeedsOffset, size: 80, link: 2);
        Section(2, type: 3, StringsOffset, strings.Length, link: 0);
        return image;

        void Need(int at, ushort count, uint file, uint next)
        {
            Write16(at, 1);
            Write16(at + 2, count);
            Write32(at + 4, file);
            Write32(at + 8, 16);
            Write32(at + 12, next);
        }

        void Auxiliary(int at, uint name, uint next)
        {
            Write32(at + 8, name);
            Write32(at + 12, next);
        }

        void Section(int index, uint type, long offset, long size, uint link)
        {
            int at = SectionsOffset + (64 * index);
            Write32(at + 4, type);
            Write64(at + 24, offset);
            Write64(at + 32, size);
            Write32(at + 40, link);
        }

        void Write16(int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(at), value);
        void Write32(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(at), value);
        void Write64(int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(image.AsSpan(at), value);
    }
}
