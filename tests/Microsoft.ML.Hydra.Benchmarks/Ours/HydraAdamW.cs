using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Ours;

/// <summary>A step of AdamW.</summary>
internal sealed class HydraAdamW(long count, int threads) : IEntrant
{
    private readonly Workspace _workspace = new(threads);
    private readonly float[] _parameter = Numbers.Uniform(count, -1, 1, 1);
    private readonly float[] _gradient = Numbers.Uniform(count, -1, 1, 2);
    private readonly float[] _first = new float[count];
    private readonly float[] _second = new float[count];

    /// <summary>Bytes that have to be read: weight, gradient and both moments.</summary>
    public static double BytesRead(long count) => 4.0 * sizeof(float) * count;

    public void Run() => AdamWUpdate.Run(
        new AdamWStep(Number: 1, LearningRate: 1e-3, Beta1: 0.9, Beta2: 0.98), _parameter, _gradient, _first, _second, _workspace);

    public void Dispose() => _workspace.Dispose();
}
