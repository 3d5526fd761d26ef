using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Model;

/// <summary>Makes initial weights from one generator of our own, on the CPU, so that every device starts from the same bits.</summary>
internal sealed class ParameterFactory(Generator generator, ScalarType dtype)
{
    /// <summary>Type of all weights.</summary>
    public ScalarType Type => dtype;

    /// <summary>Weight <c>[rows, columns]</c> of a linear map, uniform in ±1/√columns.</summary>
    public Parameter Linear(long rows, long columns) => Uniform([rows, columns], 1 / Math.Sqrt(columns));

    /// <summary>Uniform in ±<paramref name="bound"/>.</summary>
    public Parameter Uniform(long[] shape, double bound) =>
        new(empty(shape, dtype).uniform_(-bound, bound, generator));

    /// <summary>Normal with mean 0.</summary>
    public Parameter Normal(long[] shape, double deviation) =>
        new(empty(shape, dtype).normal_(0, deviation, generator));

    /// <summary>Uniform numbers in [0, 1), float64.</summary>
    public Tensor Unit(params long[] shape) => rand(shape, ScalarType.Float64, generator: generator);

    /// <summary>A parameter with given values.</summary>
    public Parameter Of(Tensor values) => new(values.to(dtype));
}
