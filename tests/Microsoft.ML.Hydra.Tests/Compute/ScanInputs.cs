using Microsoft.ML.Hydra.Compute;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Compute;

/// <summary>Random inputs of a scan, and what a scan makes of them.</summary>
internal sealed class ScanInputs
{
    private static readonly string[] s_names = ["x", "dt", "a", "b", "c"];

    private ScanInputs(Tensor[] tensors)
    {
        Tensors = Array.ConvertAll(tensors, t => t.requires_grad_(true));
    }

    /// <summary>x, dt, a, b, c.</summary>
    public Tensor[] Tensors { get; }

    public IEnumerable<(string name, Tensor tensor)> Named => s_names.Zip(Tensors);

    public static ScanInputs Create(
        int seed, long groups, long batch, long length, long heads, long width, long stateSize,
        double highestStep = 0.8, double fastestDecay = 4, ScalarType dtype = ScalarType.Float64) => new(
    [
        SeededTensors.Normal(seed, groups, batch, length, heads, width).to(dtype),
        SeededTensors.Uniform(seed + 1, 0, highestStep, groups, batch, length, heads).to(dtype),
        (-SeededTensors.Uniform(seed + 2, fastestDecay / 8, fastestDecay, groups, heads)).to(dtype),
        SeededTensors.Normal(seed + 3, groups, batch, length, stateSize).to(dtype),
        SeededTensors.Normal(seed + 4, groups, batch, length, stateSize).to(dtype),
    ]);

    public Tensor Run(StateSpaceScan scan) => scan(Tensors[0], Tensors[1], Tensors[2], Tensors[3], Tensors[4]);

    /// <summary>The output, then the gradients of a random projection of it, by name.</summary>
    public (string name, Tensor value)[] Results(StateSpaceScan scan)
    {
        Tensor y = Run(scan);
        foreach (Tensor tensor in Tensors)
        {
            tensor.grad?.zero_();
        }

        (y * SeededTensors.Normal(99, y.shape).to(y.dtype)).sum().backward();
        return [("y", y.detach()), .. Named.Select(n => (n.name, n.tensor.grad!.clone()))];
    }
}
