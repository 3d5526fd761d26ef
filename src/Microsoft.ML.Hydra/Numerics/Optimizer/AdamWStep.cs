namespace Microsoft.ML.Hydra.Numerics;

/// <summary>One step of AdamW (<see cref="AdamWUpdate"/>).</summary>
/// <param name="Number">Steps taken with this one, from 1.</param>
/// <param name="LearningRate">η.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="WeightDecay">λ; 0 for none.</param>
/// <param name="GradientScale">Factor of the gradients, below 1 where they are clipped.</param>
internal readonly record struct AdamWStep(
    long Number, double LearningRate, double Beta1, double Beta2, double Epsilon = 1e-8, double WeightDecay = 0, double GradientScale = 1);
