namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// What the backward pass over a piece of a sequence takes over from the pieces around it, for each head. The default is a
/// whole sequence.
/// </summary>
/// <param name="states">States before the first step, <c>[H, N, P]</c>; null for zeros.</param>
/// <param name="adjoints">
/// Gradients of the states after the last step, <c>[H, N, P]</c>, which become those of the states before the first; null for zeros.
/// </param>
/// <param name="logDecayGradients">Gradients of log decay at the step after the last, <c>[H]</c>, which become those at the first.</param>
internal readonly unsafe struct ScanNeighbours(float* states, float* adjoints, double* logDecayGradients)
{
    public float* States { get; } = states;

    public float* Adjoints { get; } = adjoints;

    public double* LogDecayGradients { get; } = logDecayGradients;
}
