using Microsoft.ML.Hydra.Benchmarks.Races;

namespace Microsoft.ML.Hydra.Benchmarks.Machine;

/// <summary>A kernel with its limit: operations to compute, or bytes to read.</summary>
/// <param name="Name">What it computes.</param>
/// <param name="Entrant">Runs it.</param>
/// <param name="Operations">Floating-point operations of a run (<see cref="FlopCount"/>); 0 where memory is the limit.</param>
/// <param name="BytesRead">Bytes of inputs of a run; 0 where arithmetic is the limit.</param>
internal sealed record MeasuredKernel(string Name, IEntrant Entrant, double Operations = 0, double BytesRead = 0)
{
    /// <summary>The shortest run so far, in milliseconds.</summary>
    public double Milliseconds { get; private set; } = double.PositiveInfinity;

    /// <summary>Operations a second of the shortest run, in 10^9.</summary>
    public double Gigaflops => Operations / Milliseconds / 1e6;

    /// <summary>Bytes read a second by the shortest run, in 10^9.</summary>
    public double Gigabytes => BytesRead / Milliseconds / 1e6;

    /// <summary>Runs it once more.</summary>
    public void Measure() => Milliseconds = Math.Min(Milliseconds, Timing.Milliseconds(Entrant.Run));
}
