using Microsoft.ML.Hydra.Persistence;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Model;

/// <summary>Copies weights between a model and plain arrays.</summary>
internal static class ModelWeights
{
    /// <summary>Copies of all weights under their names in the model, in a fixed order.</summary>
    public static NamedTensor[] Export(ISequenceModel model) =>
        [.. model.Weights.Select(p => Export(p.name, p.parameter))];

    /// <summary>A copy of one float32 tensor.</summary>
    public static NamedTensor Export(string name, Tensor values)
    {
        using DisposeScope scope = NewDisposeScope();
        return new NamedTensor(name, values.shape, values.detach().cpu().contiguous().data<float>().ToArray());
    }

    /// <summary>Sets all weights of a model.</summary>
    /// <exception cref="InvalidDataException">A weight is missing, of another shape, or one that the model does not have.</exception>
    public static void Import(ISequenceModel model, IEnumerable<NamedTensor> weights)
    {
        Dictionary<string, NamedTensor> byName = weights.ToDictionary(w => w.Name);
        (string name, Parameter parameter)[] parameters = [.. model.Weights];
        if (byName.Keys.Except(parameters.Select(p => p.name)).FirstOrDefault() is string unknown)
        {
            throw new InvalidDataException($"The weight '{unknown}' does not belong to the model.");
        }

        foreach ((string name, Parameter parameter) in parameters)
        {
            Import(parameter, byName, name);
        }
    }

    /// <summary>Sets one tensor from the weight of that name.</summary>
    /// <exception cref="InvalidDataException">It is missing or of another shape.</exception>
    public static void Import(Tensor target, IReadOnlyDictionary<string, NamedTensor> weights, string name)
    {
        if (!weights.TryGetValue(name, out NamedTensor? weight))
        {
            throw new InvalidDataException($"The weight '{name}' is missing.");
        }

        if (!weight.Shape.SequenceEqual(target.shape))
        {
            throw new InvalidDataException(
                $"The weight '{name}' has the shape [{string.Join(", ", weight.Shape.ToArray())}]; the model needs [{string.Join(", ", target.shape)}].");
        }

        using IDisposable inference = no_grad();
        using DisposeScope scope = NewDisposeScope();
        target.copy_(tensor(weight.Values<float>()).view(target.shape));
    }
}

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
