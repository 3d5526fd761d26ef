using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace Microsoft.ML.Hydra.Text.Tuning;

/// <summary>The options of a tuning, checked and with no choice left open.</summary>
internal sealed record TuningSettings
{
    /// <summary>The learning rate of whole layers.</summary>
    public const double DefaultLearningRate = 4e-4;

    public TextTuning Tuning { get; init; } = TextTuning.Full;

    public int NumberOfTopLayers { get; init; } = 2;

    public int LoraRank { get; init; } = 8;

    public int NumberOfPasses { get; init; } = 8;

    public double LearningRate { get; init; } = DefaultLearningRate;

    public int BatchSize { get; init; } = 256;

    /// <summary>Tokens that go through the model at once; a step with more of them is computed piece by piece, so that long texts do not take more memory.</summary>
    public int TokensAtOnce { get; init; } = 4096;

    public double Temperature { get; init; } = .1;

    /// <summary>How fast log(1 / τ) is learned; the schedule is that of the weights.</summary>
    public double TemperatureLearningRate { get; init; } = .002;

    public double DropoutRate { get; init; } = .1;

    public int Window { get; init; } = 3;

    /// <summary>Steps of the sequence model for each pass of the language model, end to end.</summary>
    public int StepsPerPass { get; init; } = 200;

    public int Seed { get; init; } = 1;

    public int NumberOfThreads { get; init; } = 1;

    public string? CheckpointPath { get; init; }

    public TuningNumbers Numbers { get; init; } = ForThisProcessor();

    /// <summary>Steps until the full learning rate, as a share of all.</summary>
    public double WarmUp { get; init; } = .05;

    /// <summary>The learning rate of a step, from 0: a linear rise, then a cosine down to 5 %.</summary>
    public double RateOf(long step, long steps)
    {
        double warm = Math.Max(1, Math.Round(WarmUp * steps));
        double rise = Math.Min(1, (step + 1) / warm);
        double done = Math.Clamp((step - warm) / Math.Max(1, steps - warm), 0, 1);
        return rise * (.05 + (.95 * (1 + Math.Cos(Math.PI * done)) / 2));
    }

    /// <summary>
    /// bfloat16 factors where the processor multiplies them (AVX-512 BF16 or AMX): about five times as fast as float32 there, and slower elsewhere. A fact
    /// of the processor, not a measurement: the same machine always computes the same bits.
    /// </summary>
    private static TuningNumbers ForThisProcessor()
    {
        bool multiplies = X86Base.IsSupported && Avx512BW.IsSupported && X86Base.CpuId(0, 0).Eax >= 7
            && ((X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0 || (X86Base.CpuId(7, 0).Edx & (1 << 22)) != 0);
        return new TuningNumbers(torch.ScalarType.Float32, multiplies ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32);
    }
}
