using System.Globalization;

namespace Microsoft.ML.Hydra.Options;

/// <summary>Checks the trainer's options before anything is read or made.</summary>
internal static class OptionRanges
{
    /// <summary>Throws one sentence about the first option that is out of its range.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it, its value and the range.</exception>
    public static void Check(TrainerOptions o)
    {
        NotEmpty(nameof(o.ItemsColumnName), o.ItemsColumnName);
        NotEmpty(nameof(o.LabelColumnName), o.LabelColumnName);
        NotEmpty(nameof(o.TimestampsColumnName), o.TimestampsColumnName ?? "none");
        Within(nameof(o.EmbeddingDimension), o.EmbeddingDimension, 0, 4096);
        Within(nameof(o.NumberOfLayers), o.NumberOfLayers, 1, 64);
        Within(nameof(o.NumberOfLatentHeads), o.NumberOfLatentHeads, 1, 256);
        Within(nameof(o.LatentHeadDimension), o.LatentHeadDimension, 0, 4096);
        Within(nameof(o.ExpansionFactor), o.ExpansionFactor, 1, 16);
        Within(nameof(o.StateDimension), o.StateDimension, 1, 1024);
        Within(nameof(o.InnerHeadDimension), o.InnerHeadDimension, 1, 1024);
        Within(nameof(o.ConvolutionKernelSize), o.ConvolutionKernelSize, 1, 16);
        Within(nameof(o.FeedForwardDimension), o.FeedForwardDimension, 0, 65536);
        CheckShapes(o);
        Above(nameof(o.Temperature), o.Temperature, 0);
        Within(nameof(o.MaximumSequenceLength), o.MaximumSequenceLength, 2, 1_000_000);
        Within(nameof(o.NumberOfEpochs), o.NumberOfEpochs, 1, 100_000);
        Within(nameof(o.MaximumTokensPerBatch), o.MaximumTokensPerBatch, 0, 100_000_000);
        Above(nameof(o.LearningRate), o.LearningRate ?? 1, 0);
        Within(nameof(o.NumberOfWarmupSteps), o.NumberOfWarmupSteps, 0, int.MaxValue);
        Within(nameof(o.FinalLearningRateFraction), o.FinalLearningRateFraction, 0, 1);
        Within(nameof(o.WeightDecay), o.WeightDecay, 0, double.MaxValue);
        BelowOne(nameof(o.Beta1), o.Beta1);
        BelowOne(nameof(o.Beta2), o.Beta2);
        Within(nameof(o.MaximumGradientNorm), o.MaximumGradientNorm, 0, double.MaxValue);
        BelowOne(nameof(o.DropoutRate), o.DropoutRate ?? 0);
        BelowOne(nameof(o.LaterTargetRate), o.LaterTargetRate ?? 0);
        Defined(nameof(o.Loss), o.Loss);
        Within(nameof(o.NumberOfNegatives), o.NumberOfNegatives, 1, 10_000_000);
        Defined(nameof(o.Validation), o.Validation);
        Within(nameof(o.MaximumValidationSequences), o.MaximumValidationSequences, 0, int.MaxValue);
        Within(nameof(o.Patience), o.Patience, 0, int.MaxValue);
        Within(nameof(o.NumberOfRecommendations), o.NumberOfRecommendations, 1, int.MaxValue);
        Within(nameof(o.NumberOfCheckpoints), o.NumberOfCheckpoints, 1, int.MaxValue);
        Within(nameof(o.NumberOfThreads), o.NumberOfThreads ?? 1, 1, 1024);
        Defined(nameof(o.CancellationBehavior), o.CancellationBehavior);
        if (o.ResumeFromCheckpoint && string.IsNullOrWhiteSpace(o.CheckpointDirectory))
        {
            throw new ArgumentException(
                "ResumeFromCheckpoint is set but CheckpointDirectory is not; name the directory of the interrupted run.", nameof(o.CheckpointDirectory));
        }
    }

    private static void CheckShapes(TrainerOptions o)
    {
        if (o.UseRotaryGate && !o.UseItemGate)
        {
            throw new ArgumentException("UseRotaryGate needs UseItemGate = true, as it turns that gate; set both or neither.", nameof(o.UseRotaryGate));
        }

        if (o.EmbeddingDimension == 0 && o.LatentHeadDimension == 0)
        {
            return;    // checked again when the data, or an earlier model, have given the width
        }

        if (o.LatentHeadDimension == 0 && o.EmbeddingDimension % o.NumberOfLatentHeads != 0)
        {
            throw new ArgumentException(
                $"EmbeddingDimension is {o.EmbeddingDimension}, which NumberOfLatentHeads {o.NumberOfLatentHeads} does not divide; choose a multiple, or set LatentHeadDimension.",
                nameof(o.EmbeddingDimension));
        }

        int latent = ModelShape.LatentWidth(o);
        int inner = o.ExpansionFactor * latent;
        if (inner % o.InnerHeadDimension != 0)
        {
            throw new ArgumentException(
                $"InnerHeadDimension is {o.InnerHeadDimension}, which does not divide the inner width {inner} of a latent head ({o.ExpansionFactor} times {latent}); choose a divisor of {inner}.",
                nameof(o.InnerHeadDimension));
        }

        if (o.UseRotaryGate && latent % 2 != 0)
        {
            throw new ArgumentException(
                $"UseRotaryGate needs an even latent head dimension; it is {latent}.", nameof(o.UseRotaryGate));
        }
    }

    private static void NotEmpty(string name, string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            throw new ArgumentException($"{name} is empty; give the name of a column.", name);
        }
    }

    private static void Within(string name, double value, double lowest, double highest)
    {
        // NaN fails both comparisons and is refused.
        if (!(value >= lowest && value <= highest))
        {
            string wanted = highest is int.MaxValue or double.MaxValue ? $"at least {Text(lowest)}" : $"between {Text(lowest)} and {Text(highest)}";
            throw Outside(name, value, wanted);
        }
    }

    private static void Above(string name, double value, double bound)
    {
        if (!(value > bound && double.IsFinite(value)))
        {
            throw Outside(name, value, $"a number above {Text(bound)}");
        }
    }

    private static void BelowOne(string name, double value)
    {
        if (!(value is >= 0 and < 1))
        {
            throw Outside(name, value, "at least 0 and below 1");
        }
    }

    private static void Defined<T>(string name, T value)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            throw new ArgumentOutOfRangeException(name, $"{name} is {value}; it must be one of {string.Join(", ", Enum.GetNames<T>())}.");
        }
    }

    private static ArgumentOutOfRangeException Outside(string name, double value, string wanted) =>
        new(name, $"{name} is {Text(value)}; it must be {wanted}.");

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
