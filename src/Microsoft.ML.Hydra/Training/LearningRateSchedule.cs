namespace Microsoft.ML.Hydra.Training;

/// <summary>A linear rise over the first steps, then a cosine from the peak down to a share of it.</summary>
/// <param name="peak">Highest learning rate.</param>
/// <param name="warmupSteps">Steps of the rise.</param>
/// <param name="finalFraction">Share of the peak at the end.</param>
internal sealed class LearningRateSchedule(double peak, int warmupSteps, double finalFraction)
{
    /// <summary>The learning rate of a step.</summary>
    /// <param name="step">Steps taken before this one.</param>
    /// <param name="progress">Share of the whole training done before this step, 0 to 1.</param>
    public double At(long step, double progress)
    {
        double rise = warmupSteps > 0 ? Math.Min(1, (step + 1.0) / warmupSteps) : 1;
        double cosine = finalFraction + (1 - finalFraction) * 0.5 * (1 + Math.Cos(Math.PI * progress));
        return peak * rise * cosine;
    }
}
