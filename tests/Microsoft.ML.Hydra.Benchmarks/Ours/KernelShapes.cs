using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Ours;

/// <summary>What the kernels of a training step work on, for a model and its batch.</summary>
/// <param name="Model">Sizes of the model.</param>
/// <param name="Sequences">B.</param>
/// <param name="Length">L.</param>
internal sealed record KernelShapes(ModelSizes Model, int Sequences, int Length)
{
    /// <summary>Those of the raced training step: d 64, 128 sequences of 200.</summary>
    public static KernelShapes Default { get; } = Of(new RaceSettings(Length: 200, Dimension: 64, Threads: 1, Rounds: 1));

    /// <summary>Tokens of the batch.</summary>
    public int Tokens => Sequences * Length;

    /// <summary>The scan of one layer.</summary>
    public ScanShape Scan => new(Model.LatentHeads, Sequences, Length, Model.InnerHeads, Model.InnerHeadWidth, Model.StateSize);

    /// <summary>The convolution of one layer.</summary>
    public ConvolutionShape Convolution => new(Model.LatentHeads, Sequences, Length, Model.ConvolvedWidth, Model.ConvolutionTaps);

    /// <summary>The gated norm after the scan of one layer.</summary>
    public NormShape ScanNorm => new(Model.LatentHeads, Tokens, Model.InnerWidth);

    /// <summary>The loss.</summary>
    public SoftmaxShape Loss => new(Tokens, Model.NumberOfItems, Model.Width);

    /// <summary>Those of a training step.</summary>
    public static KernelShapes Of(RaceSettings settings) =>
        new(RaceModel.Sizes(settings), RaceModel.TrainingSequences(settings), settings.Length);
}
