using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// All that a model knows of a sequence: its state (<see cref="StateShape"/>), what the last layer made of its last event, and how
/// many events there were. Starts empty. One writer at a time.
/// </summary>
internal sealed unsafe class SequenceState
{
    private const int Alignment = 64;

    private readonly float[] _memory;
    private readonly int _length;
    private readonly int _start;

    /// <param name="sizes">Sizes of the model.</param>
    public SequenceState(ModelSizes sizes)
    {
        int state = new StateShape(sizes).Length;
        _length = state + sizes.Width + sizes.LatentHeadsWidth;

        // Pinned, so that it stays on the cache lines that it is aligned to.
        _memory = GC.AllocateArray<float>(_length + (Alignment / sizeof(float)), pinned: true);
        nint address = (nint)Unsafe.AsPointer(ref _memory[0]);
        _start = (int)((Alignment - (address % Alignment)) % Alignment / sizeof(float));
        State = (float*)address + _start;
        Stream = State + state;
        Heads = Stream + sizes.Width;
    }

    /// <summary>Number of events.</summary>
    public int Events { get; set; }

    /// <summary>The last known time of an event, NaN for none: what the gap before the next one is measured from.</summary>
    public double LastTime { get; set; } = double.NaN;

    /// <summary>The state.</summary>
    public float* State { get; }

    /// <summary>Input of the last layer at the last event, <c>[d]</c>; zeros before the first.</summary>
    public float* Stream { get; }

    /// <summary>Y: outputs of the last layer's heads at the last event, <c>[v d_c]</c>.</summary>
    public float* Heads { get; }

    /// <summary>All numbers, to be stored or restored.</summary>
    public Span<float> Values => _memory.AsSpan(_start, _length);

    /// <summary>Forgets all events.</summary>
    public void Clear()
    {
        Values.Clear();
        (Events, LastTime) = (0, double.NaN);
    }

    /// <summary>Becomes the same as another state of the same model.</summary>
    public void CopyFrom(SequenceState other)
    {
        other.Values.CopyTo(Values);
        (Events, LastTime) = (other.Events, other.LastTime);
    }
}
