using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Ours;

/// <summary>Sizes of <c>C = op(A) · op(B)</c>, row-major.</summary>
/// <param name="M">Rows of C and of op(A).</param>
/// <param name="N">Columns of C and of op(B).</param>
/// <param name="K">Columns of op(A), rows of op(B).</param>
/// <param name="TransposeA">A is stored <c>[K, M]</c> instead of <c>[M, K]</c>.</param>
/// <param name="TransposeB">B is stored <c>[N, K]</c> instead of <c>[K, N]</c>.</param>
internal readonly record struct GemmShape(int M, int N, int K, bool TransposeA = false, bool TransposeB = false);

/// <summary>Sizes of the selective scans of a batch.</summary>
/// <param name="Groups">G: groups with their own A.</param>
/// <param name="Batch">B: sequences of a group.</param>
/// <param name="Length">L: steps of a sequence.</param>
/// <param name="Heads">H: heads of a group, which share b and c.</param>
/// <param name="Width">P: width of a head.</param>
/// <param name="StateSize">N: width of b and c.</param>
internal readonly record struct ScanShape(int Groups, int Batch, int Length, int Heads, int Width, int StateSize)
{
    /// <summary>G · B.</summary>
    public int Sequences => Groups * Batch;

    /// <summary>G · B · L.</summary>
    public long Rows => (long)Sequences * Length;
}

/// <summary>Sizes of the causal convolutions of a batch.</summary>
/// <param name="Sequences">Sequences of all groups.</param>
/// <param name="Length">L: steps of a sequence.</param>
/// <param name="Channels">C: channels.</param>
/// <param name="Taps">k: taps.</param>
internal readonly record struct ConvolutionShape(int Sequences, int Length, int Channels, int Taps)
{
    /// <summary>Numbers of x.</summary>
    public long Numbers => (long)Sequences * Length * Channels;
}

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
    public ConvolutionShape Convolution => new(Model.LatentHeads * Sequences, Length, Model.ConvolvedWidth, Model.ConvolutionTaps);

    /// <summary>Rows of the gated norm after the scan of one layer, each as wide as the inner width.</summary>
    public int ScanNormRows => Model.LatentHeads * Tokens;

    /// <summary>The loss.</summary>
    public SoftmaxShape Loss => new(Tokens, Model.NumberOfItems, Model.Width);

    /// <summary>Those of a training step.</summary>
    public static KernelShapes Of(RaceSettings settings) =>
        new(RaceModel.Sizes(settings), RaceModel.TrainingSequences(settings), settings.Length);
}
