namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// What a model keeps of a sequence: its state (<see cref="StateShape"/>), what the last layer computed for its last event, and the
/// number of events. Starts empty. One writer at a time.
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

    /// <summary>Number of events; stops at the largest <see cref="int"/>.</summary>
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

    /// <summary>Counts further events.</summary>
    public void Count(int events) => Events = (int)Math.Min((long)Events + events, int.MaxValue);

    /// <summary>Removes all events.</summary>
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

/// <summary>
/// How the state of a sequence lies in memory: layer after layer, latent head after latent head, for each the last k − 1 inputs of its
/// convolution, <c>[k − 1, C]</c>, oldest first, then the states of its scan, <c>[H, N, P]</c>. The model keeps nothing
/// else of the past, except the number of events where the gate is rotated.
/// </summary>
internal readonly struct StateShape(ModelSizes sizes, int layers)
{
    private readonly int _layers = layers;
    private readonly int _heads = sizes.LatentHeads;
    private readonly int _past = (sizes.ConvolutionTaps - 1) * sizes.ConvolvedWidth;
    private readonly int _scan = sizes.InnerWidth * sizes.StateSize;

    /// <summary>Of all layers.</summary>
    public StateShape(ModelSizes sizes)
        : this(sizes, sizes.Layers)
    {
    }

    /// <summary>Numbers of one state.</summary>
    public int Length => checked(_layers * _heads * HeadLength);

    /// <summary>Numbers of the part of one head.</summary>
    public int HeadLength => _past + _scan;

    /// <summary>The part of one head.</summary>
    /// <param name="states">States of sequences, one after another.</param>
    /// <param name="sequence">Which sequence.</param>
    /// <param name="layer">Which layer.</param>
    /// <param name="head">Which latent head.</param>
    public unsafe HeadState Head(float* states, int sequence, int layer, int head)
    {
        nint part = (((nint)sequence * _layers) + layer) * _heads + head;
        return Head(states + (part * HeadLength));
    }

    /// <summary>The part of one head that begins at <paramref name="memory"/>.</summary>
    public unsafe HeadState Head(float* memory) => new(memory, memory + _past);
}

/// <summary>What one latent head of one layer keeps of a sequence; null where nothing is kept.</summary>
internal readonly unsafe struct HeadState(float* past, float* scan)
{
    /// <summary>The last inputs of the convolution, <c>[k − 1, C]</c>, oldest first.</summary>
    public float* Past { get; } = past;

    /// <summary>States of the scan, <c>[H, N, P]</c>.</summary>
    public float* Scan { get; } = scan;
}
