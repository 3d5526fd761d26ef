using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Compute;

/// <summary>Random float64 tensors from seeds, so that torch's own random state stays out of every test.</summary>
internal static class SeededTensors
{
    public static Tensor Normal(int seed, params long[] shape)
    {
        using var generator = new Generator((ulong)seed, CPU);
        return empty(shape, ScalarType.Float64).normal_(0, 1, generator);
    }

    public static Tensor Uniform(int seed, double low, double high, params long[] shape)
    {
        using var generator = new Generator((ulong)seed, CPU);
        return empty(shape, ScalarType.Float64).uniform_(low, high, generator);
    }

    /// <summary>Adds noise to every parameter, so that none is at a value that hides a mistake (norm weights and D start at 1).</summary>
    public static T Shaken<T>(this T module, int seed, double deviation = 0.3)
        where T : nn.Module
    {
        using IDisposable inference = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((_, TorchSharp.Modules.Parameter parameter) in module.named_parameters())
        {
            parameter.add_(Normal(seed++, parameter.shape).to(parameter.dtype), alpha: deviation);
        }

        return module;
    }

    /// <summary>All values, row-major.</summary>
    public static double[] Values(this Tensor tensor)
    {
        using DisposeScope scope = NewDisposeScope();
        return tensor.detach().cpu().to(ScalarType.Float64).contiguous().data<double>().ToArray();
    }
}
