namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// The weights of a trained model in the forms that scoring reads. Made once and never changed: any number of threads share it.
/// </summary>
internal sealed unsafe class ScoringWeights : IDisposable
{
    private readonly PackedWeights _packed;
    private readonly Arena _memory = new();
    private readonly float* _rates;   // [L, v, H]

    /// <param name="sizes">Sizes.</param>
    /// <param name="weights">The weights; they must stay in place as long as this is used.</param>
    /// <param name="instructions">Vectors to use, which this processor must have; <see langword="null"/> for the widest.</param>
    public ScoringWeights(ModelSizes sizes, EncoderWeights weights, InstructionSet? instructions = null)
    {
        (Sizes, StateShape, Weights, Instructions) = (sizes, new StateShape(sizes), weights, instructions ?? InstructionSets.Best);
        using Workspace workspace = NewWorkspace();
        _packed = new PackedWeights(sizes);
        _packed.Pack(weights, trains: false, workspace);
        Items = new ItemTable(sizes, weights, Instructions);
        int heads = sizes.LatentHeads * sizes.InnerHeads;
        _rates = _memory.Floats((long)sizes.Layers * heads);
        for (int i = 0; i < sizes.Layers * heads; i++)
        {
            _rates[i] = -MathF.Exp(weights.Layers[i / heads].LogRates[i % heads]);
        }
    }

    /// <summary>Sizes of the model.</summary>
    public ModelSizes Sizes { get; }

    /// <summary>How states of sequences lie in memory.</summary>
    public StateShape StateShape { get; }

    /// <summary>The weights as they were trained.</summary>
    public EncoderWeights Weights { get; }

    /// <summary>Vectors in use.</summary>
    public InstructionSet Instructions { get; }

    /// <summary>The matrices of the layers, first to last.</summary>
    public PackedLayer[] Layers => _packed.Layers;

    /// <summary>The catalogue.</summary>
    public ItemTable Items { get; }

    /// <summary>A of a layer's scans, <c>[v, H]</c>.</summary>
    public float* Rates(int layer) => _rates + ((nint)layer * Sizes.LatentHeads * Sizes.InnerHeads);

    /// <summary>A workspace of one thread for those who read these weights.</summary>
    public Workspace NewWorkspace() => new(1, Instructions);

    public void Dispose()
    {
        _packed.Dispose();
        Items.Dispose();
        _memory.Dispose();
    }
}
