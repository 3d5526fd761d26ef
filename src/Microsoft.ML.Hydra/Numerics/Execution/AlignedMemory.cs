using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Memory that begins at a cache line and never moves. The garbage collector owns it: a pointer holds as long as this object
/// is reachable, and there is nothing to dispose.
/// </summary>
internal sealed unsafe class AlignedMemory
{
    private const int Line = 64;

    // One element is a line, so that the length is not limited to that of an array of bytes; the array itself is aligned to 8.
    private readonly Vector512<byte>[] _lines;

    /// <param name="bytes">Size; the content is not cleared.</param>
    public AlignedMemory(long bytes)
    {
        Bytes = bytes;
        _lines = GC.AllocateUninitializedArray<Vector512<byte>>(checked((int)((bytes + Line - 1) / Line) + 1), pinned: true);
        nint start = (nint)Unsafe.AsPointer(ref _lines[0]);
        Start = (byte*)((start + Line - 1) / Line * Line);
    }

    /// <summary>Size in bytes.</summary>
    public long Bytes { get; }

    /// <summary>The first byte.</summary>
    public byte* Start { get; }
}
