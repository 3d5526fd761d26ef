using System.Runtime.Intrinsics;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Scratch memory handed out piece by piece, aligned to 64 bytes and not cleared. It grows to the largest use so far and
/// allocates nothing after that.
/// </summary>
internal sealed unsafe class Arena : IDisposable
{
    private const nuint Alignment = 64;
    private readonly List<(nint Address, long Bytes)> _blocks = [];
    private long _used;

    ~Arena() => Free();

    /// <summary>Bytes held.</summary>
    public long Capacity => _blocks.Sum(b => b.Bytes);

    /// <summary>Frees all pieces for reuse.</summary>
    public void Reset()
    {
        if (_blocks.Count > 1)
        {
            long total = Capacity;
            Free();
            Add(total);
        }

        _used = 0;
    }

    /// <summary>Marks the end of the memory handed out so far.</summary>
    public ArenaMark Mark() => new(_blocks.Count, _used);

    /// <summary>Frees all pieces handed out since the mark for reuse.</summary>
    public void Release(ArenaMark mark) => _used = mark.Blocks == _blocks.Count ? mark.Used : 0;

    /// <summary>Room for <paramref name="count"/> float32 numbers.</summary>
    public float* Floats(long count) => (float*)Bytes(checked(count * sizeof(float)));

    /// <summary>Room for <paramref name="count"/> float64 numbers.</summary>
    public double* Doubles(long count) => (double*)Bytes(checked(count * sizeof(double)));

    /// <summary>Room for <paramref name="count"/> whole numbers.</summary>
    public int* Ints(long count) => (int*)Bytes(checked(count * sizeof(int)));

    /// <summary>Room for <paramref name="count"/> structures.</summary>
    public T* Structures<T>(long count)
        where T : unmanaged => (T*)Bytes(checked(count * sizeof(T)));

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private nint Bytes(long count)
    {
        long rounded = checked(count + (long)Alignment - 1) / (long)Alignment * (long)Alignment;
        if (_blocks.Count == 0 || _used + rounded > _blocks[^1].Bytes)
        {
            Add(rounded);
            _used = 0;
        }

        nint address = _blocks[^1].Address + (nint)_used;
        _used += rounded;
        return address;
    }

    private void Add(long bytes) =>
        _blocks.Add(((nint)NativeMemory.AlignedAlloc((nuint)bytes, Alignment), bytes));

    private void Free()
    {
        foreach ((nint address, _) in _blocks)
        {
            NativeMemory.AlignedFree((void*)address);
        }

        _blocks.Clear();
    }
}

/// <summary>A point in the use of an arena. A block that was added after it holds later pieces only.</summary>
internal readonly record struct ArenaMark(int Blocks, long Used);

/// <summary>
/// Memory that begins at a cache line and never moves. The garbage collector owns it: a pointer holds as long as this object
/// is reachable, and there is nothing to dispose.
/// </summary>
internal sealed unsafe class AlignedMemory
{
    private const int Line = 64;

    // One element is a cache line, because an array of bytes could not be longer than 2 GB. The array itself is aligned to 8 bytes only.
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
