using Microsoft.ML.Hydra.Benchmarks.Races;

namespace Microsoft.ML.Hydra.Benchmarks.Machine;

/// <summary>A kernel whose operations are counted.</summary>
/// <param name="Name">What it computes.</param>
/// <param name="Operations">Floating-point operations of a run (<see cref="FlopCount"/>).</param>
/// <param name="Entrant">Runs it.</param>
internal sealed record MeasuredKernel(string Name, double Operations, IEntrant Entrant)
{
    /// <summary>The shortest run so far, in milliseconds.</summary>
    public double Milliseconds { get; private set; } = double.PositiveInfinity;

    /// <summary>Operations a second of the shortest run, in 10^9.</summary>
    public double Gigaflops => Operations / Milliseconds / 1e6;

    /// <summary>Runs it once more.</summary>
    public void Measure() => Milliseconds = Math.Min(Milliseconds, Timing.Milliseconds(Entrant.Run));
}
