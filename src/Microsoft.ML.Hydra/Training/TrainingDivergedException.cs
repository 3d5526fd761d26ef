using System.Globalization;

namespace Microsoft.ML.Hydra.Training;

/// <summary>The loss stopped being a number. Holds what was learned before.</summary>
internal sealed class TrainingDivergedException(TrainingResult best, int epoch, int batch, double learningRate, Exception cause)
    : InvalidOperationException(
        string.Create(
            CultureInfo.InvariantCulture,
            $"Training diverged at epoch {epoch}, batch {batch} ({cause.Message}); lower LearningRate (now {learningRate:g3} at this step) or MaximumGradientNorm."),
        cause)
{
    /// <summary>The best weights so far; none before the first epoch was completed.</summary>
    public TrainingResult Best => best;
}
