namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Sums of the gradients of all weights except the item vectors, one set for each slot of a batch. Memory is kept between batches.</summary>
internal sealed unsafe class SlotGradients(ModelSizes sizes) : IDisposable
{
    private readonly Arena _memory = new();
    private readonly long _length = EncoderWeights.Lengths(sizes).Where(w => w.Name != EncoderWeights.ItemVectors).Sum(w => Padded(w.Length));
    private float* _sums;

    /// <summary>The sums of each slot.</summary>
    public EncoderWeights[] Slots { get; private set; } = [];

    /// <summary>Makes room for the slots of a batch and sets all sums to 0.</summary>
    public void Prepare(int slots)
    {
        if (slots > Slots.Length)
        {
            _memory.Reset();
            _sums = _memory.Floats(slots * _length);
            Slots = [.. Enumerable.Range(0, slots).Select(Bind)];
        }

        NativeMemory.Clear(_sums, (nuint)(slots * _length * sizeof(float)));
    }

    /// <summary>Overwrites <paramref name="target"/> with the sums over slots, added in their order.</summary>
    public void Collect(int slots, EncoderWeights.Source target, Workspace workspace)
    {
        long offset = 0;
        foreach ((string name, long length) in EncoderWeights.Lengths(sizes).Where(w => w.Name != EncoderWeights.ItemVectors))
        {
            workspace.Run(1, new Collection(_sums + offset, _length, slots, length, target(name, length)));
            offset += Padded(length);
        }
    }

    public void Dispose() => _memory.Dispose();

    // Every weight starts on a cache line.
    private static long Padded(long length) => (length + 15) / 16 * 16;

    private EncoderWeights Bind(int slot)
    {
        float* next = _sums + (slot * _length);
        return EncoderWeights.Bind(sizes, (name, shape) =>
        {
            if (name == EncoderWeights.ItemVectors)
            {
                return null;
            }

            float* weight = next;
            next += Padded(EncoderWeights.Length(shape));
            return weight;
        });
    }

    private readonly struct Collection(float* sums, long slotLength, int slots, long length, float* target) : IWork
    {
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
        {
            new ReadOnlySpan<float>(sums, (int)length).CopyTo(new(target, (int)length));
            for (int slot = 1; slot < slots; slot++)
            {
                TileRows<TSimd, TVector>.Add((nint)length, sums + (slot * slotLength), target);
            }
        }
    }
}
