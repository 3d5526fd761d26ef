using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.Hydra.Interop;

/// <summary>
/// The header entry of a model as ML.NET writes it, little-endian: 256 bytes, then the main stream, the name of the assembly in UTF-16 and a mark.
/// <code>
///   0  "ML\0MODEL"       8  int32 written, int32 readable         16  int64 position and length of the main stream
///  64  our signature    72  int32 written, int32 readable         80  name of the loader, 24 bytes
/// 128  int64 position of the mark, and of the end                144  int64 position and length of the assembly's name
/// </code>
/// </summary>
internal static class MlNetHeader
{
    private const int Length = 256;
    private const uint HeaderVersion = 0x0001_0002;

    private static ReadOnlySpan<byte> FirstMark => "ML\0MODEL"u8;

    private static ReadOnlySpan<byte> LastMark => "LEDOM\0LM"u8;

    /// <summary>All bytes of the entry for a model of this library.</summary>
    public static byte[] OfModel()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(new byte[Length]);
        writer.Write(MlNetModel.LibraryVersion);
        int main = (int)stream.Length - Length;
        byte[] assembly = Encoding.Unicode.GetBytes(MlNetModel.LoaderAssemblyName);
        writer.Write(assembly);
        int tail = (int)stream.Length;
        writer.Write(LastMark);
        writer.Flush();

        byte[] bytes = stream.ToArray();
        FirstMark.CopyTo(bytes);
        Encoding.ASCII.GetBytes(MlNetModel.ModelSignature, bytes.AsSpan(64));
        Encoding.ASCII.GetBytes(MlNetModel.LoaderSignature, bytes.AsSpan(80, 24));
        Put(8, HeaderVersion);
        Put(12, HeaderVersion);
        Put(16, Length);
        Put(24, (uint)main);
        Put(72, MlNetModel.FormatVersion);
        Put(76, MlNetModel.FormatVersion);
        Put(128, (uint)tail);
        Put(136, (uint)bytes.Length);
        Put(144, (uint)(Length + main));
        Put(152, (uint)assembly.Length);
        return bytes;

        // The upper half of what is longer is 0.
        void Put(int position, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(position), value);
    }
}
