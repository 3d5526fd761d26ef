namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// The weights of a trained model in the forms that scoring reads. Made once and never changed: any number of threads share it.
/// </summary>
internal sealed class ScoringWeights : IDisposable
{
    private readonly PackedWeights _packed;

    /// <param name="sizes">Sizes.</param>
    /// <param name="weights">The weights; they must stay in place as long as this is used.</param>
    public ScoringWeights(ModelConfiguration sizes, EncoderWeights weights)
        : this(sizes, weights, InstructionSets.Best)
    {
    }

    /// <param name="sizes">Sizes.</param>
    /// <param name="weights">The weights; they must stay in place as long as this is used.</param>
    /// <param name="instructions">Vectors to use; this processor must have them.</param>
    internal ScoringWeights(ModelConfiguration sizes, EncoderWeights weights, InstructionSet instructions)
    {
        (Sizes, Weights, Instructions) = (sizes, weights, instructions);
        using Workspace workspace = NewWorkspace();
        _packed = new PackedWeights(sizes);
        _packed.Pack(weights, trains: false, workspace);
        Items = new ItemTable(sizes, weights, workspace);
    }

    /// <summary>Sizes of the model.</summary>
    public ModelConfiguration Sizes { get; }

    /// <summary>The weights as they were trained.</summary>
    public EncoderWeights Weights { get; }

    /// <summary>Vectors in use.</summary>
    public InstructionSet Instructions { get; }

    /// <summary>The matrices of the layers, first to last.</summary>
    public PackedLayer[] Layers => _packed.Layers;

    /// <summary>The catalogue.</summary>
    public ItemTable Items { get; }

    /// <summary>A workspace of one thread for those who read these weights.</summary>
    public Workspace NewWorkspace() => new(1, Instructions);

    public void Dispose()
    {
        _packed.Dispose();
        Items.Dispose();
    }
}
