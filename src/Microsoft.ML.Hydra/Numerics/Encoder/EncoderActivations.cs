namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Memory of one pass over a batch: grows to the largest batch and is kept.</summary>
internal sealed unsafe class EncoderActivations : IDisposable
{
    private readonly Arena _memory = new();

    /// <summary>What each layer leaves. Without a backward pass all layers write to the same memory.</summary>
    public LayerActivations[] Layers { get; private set; } = [];

    /// <summary>The last layer's output, <c>[T, d]</c>.</summary>
    public float* Output { get; private set; }

    /// <summary>Rotations of the gate by position: cosines, then sines, <c>[T, d_c / 2]</c> each; null without the rotary gate.</summary>
    public float* Rotations { get; private set; }

    /// <summary>Gradients of X, <c>[T, v d_c]</c>; null where no backward pass follows.</summary>
    public float* XGradient { get; private set; }

    /// <summary>Gradients of Z, <c>[T, v d_c]</c>.</summary>
    public float* ZGradient { get; private set; }

    /// <summary>Gradients of the heads' outputs, <c>[T, v d_c]</c>.</summary>
    public float* HeadsGradient { get; private set; }

    /// <summary>Gradients of the residual stream, <c>[T, d]</c>.</summary>
    public float* StreamGradient { get; private set; }

    /// <summary>Bytes held.</summary>
    public long Capacity => _memory.Capacity;

    /// <summary>Lays the memory out for a batch of T tokens.</summary>
    public void Prepare(ModelSizes sizes, int tokens, bool trains)
    {
        _memory.Reset();
        long t = tokens;
        (long d, long latent) = (sizes.Width, sizes.LatentHeadsWidth);
        Rotations = sizes is { ItemGate: true, RotaryGate: true } ? _memory.Floats(t * sizes.LatentWidth) : null;
        Layers = new LayerActivations[sizes.Layers];
        for (int i = 0; i < Layers.Length; i++)
        {
            // Two layers apart, an input is no longer read.
            Layers[i] = trains || i == 0 ? Layer(sizes, t, trains) : Layers[0] with { Input = i == 1 ? _memory.Floats(t * d) : Layers[i - 2].Input };
        }

        Output = trains || sizes.Layers == 1 ? _memory.Floats(t * d) : Layers[^2].Input;
        if (trains)
        {
            XGradient = _memory.Floats(t * latent);
            ZGradient = sizes.ItemGate ? _memory.Floats(t * latent) : null;
            HeadsGradient = _memory.Floats(t * latent);
            StreamGradient = _memory.Floats(t * d);
        }
    }

    public void Dispose() => _memory.Dispose();

    private LayerActivations Layer(ModelSizes sizes, long t, bool trains) => new()
    {
        Input = _memory.Floats(t * sizes.Width),
        X = _memory.Floats(t * sizes.LatentHeadsWidth),
        Z = sizes.ItemGate ? _memory.Floats(t * sizes.LatentHeadsWidth) : null,
        Scan = _memory.Floats(t * sizes.LatentHeads * sizes.InnerWidth),
        BlockStates = trains ? _memory.Floats((long)new TimeBlocks(sizes).Places((int)t) * new StateShape(sizes, layers: 1).Length) : null,
        Heads = _memory.Floats(t * sizes.LatentHeadsWidth),
        Middle = _memory.Floats(t * sizes.Width),
        GateUp = trains ? _memory.Floats(t * 2 * sizes.FeedForwardWidth) : null,
    };
}
