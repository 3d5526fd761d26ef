namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// How the state of a sequence lies in memory: layer after layer, latent head after latent head, for each the last k − 1 inputs of its
/// convolution, <c>[k − 1, C]</c>, oldest first, then the states of its scan, <c>[H, N, P]</c>. The model knows of the past
/// nothing else, but for the number of events where the gate is rotated.
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

    /// <summary>Numbers of one head's part.</summary>
    public int HeadLength => _past + _scan;

    /// <summary>Where one head's part lies.</summary>
    /// <param name="states">States of sequences, one after another.</param>
    /// <param name="sequence">Which of them.</param>
    /// <param name="layer">Which layer.</param>
    /// <param name="head">Which latent head.</param>
    public unsafe HeadState Head(float* states, int sequence, int layer, int head)
    {
        nint part = (((nint)sequence * _layers) + layer) * _heads + head;
        return Head(states + (part * HeadLength));
    }

    /// <summary>One head's part that lies at <paramref name="memory"/>.</summary>
    public unsafe HeadState Head(float* memory) => new(memory, memory + _past);
}
