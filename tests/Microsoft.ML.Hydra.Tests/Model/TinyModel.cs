using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Compute;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Model;

/// <summary>Models small enough for exact checks, in which no two sizes are equal that could be mistaken for each other.</summary>
internal static class TinyModel
{
    /// <summary>Sizes: d 10, v 3, d_c 4, d_in 8, P 2 (4 inner heads), N 3, k 4, feed-forward 7, 11 items.</summary>
    public static ModelSizes Sizes { get; } = new()
    {
        NumberOfItems = 11,
        Width = 10,
        Layers = 2,
        LatentHeads = 3,
        LatentWidth = 4,
        Expand = 2,
        StateSize = 3,
        InnerHeadWidth = 2,
        ConvolutionTaps = 4,
        FeedForwardWidth = 7,
    };

    /// <summary><see cref="Sizes"/> with a clock of two features.</summary>
    public static ModelSizes Timed { get; } = Sizes with { TimeFeatures = 2 };

    /// <summary>A float64 model away from its initial values.</summary>
    public static HydraModel Create(ModelSizes? sizes = null, ModelKernels? kernels = null, ScalarType dtype = ScalarType.Float64) =>
        new HydraModel(sizes ?? Sizes, kernels ?? ModelKernels.InTorch(ScanKernel.Chunked(4)), seed: 5, dropoutRate: 0.4, dtype).Shaken(100);

    /// <summary>Makes sub-modules as the model does.</summary>
    public static T Build<T>(Func<ParameterFactory, T> create)
        where T : nn.Module
    {
        using var generator = new Generator(3, CPU);
        return create(new ParameterFactory(generator, ScalarType.Float64)).Shaken(200);
    }

    /// <summary>Item rows in 1 .. items, <c>[batch, length]</c>.</summary>
    public static Tensor Items(int seed, int batch, int length, int items = 11)
    {
        var random = new Random(seed);
        return tensor(Enumerable.Range(0, batch * length).Select(_ => random.NextInt64(1, items + 1)).ToArray()).view(batch, length);
    }

    /// <summary>Positions from a first one, <c>[batch, length]</c>.</summary>
    public static Tensor Positions(int batch, int length, int first = 0) => arange(first, first + length).expand(batch, length);

    /// <summary>All weights as plain arrays by name.</summary>
    public static Dictionary<string, double[]> Weights(nn.Module module) =>
        (module is HydraModel model ? model.Weights : module.named_parameters()).ToDictionary(p => p.name, p => p.parameter.Values());

    extension(HydraModel model)
    {
        /// <summary>The trained vectors of the items' ids, <c>[items + 1, d]</c>; row 0 is padding.</summary>
        public Parameter ItemEmbedding => model.Weights.Single(weight => weight.name == EncoderWeights.ItemVectors).parameter;
    }
}
