using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Compute;

/// <summary>Chooses the softmax over the catalogue for a device and a type.</summary>
internal static class SoftmaxKernel
{
    /// <summary>The fastest for the device: on the CPU the fused kernel, for float32, as all trained models are.</summary>
    /// <param name="device">Where the model lies.</param>
    /// <param name="degreeOfParallelism">Most threads of the fused kernel.</param>
    public static CatalogSoftmax For(Device device, int degreeOfParallelism)
    {
        if (device.type != DeviceType.CPU)
        {
            return BlockwiseSoftmax.Run;
        }

        var fused = new FusedSoftmax(degreeOfParallelism);
        return (queries, table, targets) => queries.dtype == ScalarType.Float32
            ? fused.Run(queries, table, targets)
            : BlockwiseSoftmax.Run(queries, table, targets);
    }
}
