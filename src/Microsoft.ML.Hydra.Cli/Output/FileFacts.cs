using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Microsoft.ML.Hydra.Cli.Output;

/// <summary>What a path leads to when its links are followed.</summary>
internal enum FileKind
{
    Missing,
    File,
    Directory,

    /// <summary>A pipe, a device or a socket: written to, never replaced.</summary>
    Stream,
}

/// <summary>The kind of a file, and its device and number, which all names of one file share.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Identity">Device and number; null where the system does not give them, as on Windows.</param>
internal readonly record struct FileFacts(FileKind Kind, (ulong Device, ulong Number)? Identity)
{
    // statx of Linux has one layout on all processors; stat of macOS is read on Arm64 only.
    private const int LengthOfLargest = 256;
    private const int CurrentDirectory = -100;
    private const uint BasicFacts = 0x7ff;

    public static FileFacts Read(string path)
    {
        byte[] name = Encoding.UTF8.GetBytes(path + '\0');
        byte[] facts = new byte[LengthOfLargest];
        try
        {
            if (OperatingSystem.IsLinux())
            {
                return StatX(CurrentDirectory, name, 0, BasicFacts, facts) == 0 ? FromLinux(facts) : WithoutIdentity(path);
            }

            if (OperatingSystem.IsMacOS() && RuntimeInformation.ProcessArchitecture == Architecture.Arm64)
            {
                return Stat(name, facts) == 0 ? FromMacOS(facts) : WithoutIdentity(path);
            }
        }
        catch (EntryPointNotFoundException)
        {
            // A C library without the call.
        }

        return WithoutIdentity(path);
    }

    private static FileFacts FromLinux(ReadOnlySpan<byte> facts)
    {
        ulong device = ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(facts[136..]) << 32) | BinaryPrimitives.ReadUInt32LittleEndian(facts[140..]);
        return new FileFacts(KindOf(BinaryPrimitives.ReadUInt16LittleEndian(facts[28..])), (device, BinaryPrimitives.ReadUInt64LittleEndian(facts[32..])));
    }

    private static FileFacts FromMacOS(ReadOnlySpan<byte> facts) => new(
        KindOf(BinaryPrimitives.ReadUInt16LittleEndian(facts[4..])),
        (BinaryPrimitives.ReadUInt32LittleEndian(facts), BinaryPrimitives.ReadUInt64LittleEndian(facts[8..])));

    private static FileKind KindOf(ushort mode) => (mode & 0xF000) switch
    {
        0x8000 => FileKind.File,
        0x4000 => FileKind.Directory,
        _ => FileKind.Stream,
    };

    private static FileFacts WithoutIdentity(string path) =>
        new(Directory.Exists(path) ? FileKind.Directory : File.Exists(path) ? FileKind.File : FileKind.Missing, null);

    [DllImport("libc", EntryPoint = "statx", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatX(int directory, byte[] path, int flags, uint mask, byte[] facts);

    [DllImport("libc", EntryPoint = "stat", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Stat(byte[] path, byte[] facts);
}
