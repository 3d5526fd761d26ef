namespace Microsoft.ML.Hydra.Tuning;

/// <summary>A trial to come.</summary>
/// <param name="Configuration">Number of its configuration; 0 is that of the base options.</param>
/// <param name="Epochs">Most epochs that it may train.</param>
internal readonly record struct TrialPlan(int Configuration, int Epochs);
