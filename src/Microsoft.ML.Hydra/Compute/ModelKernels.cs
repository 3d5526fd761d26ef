using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Compute;

/// <summary>The kernels that a model runs on, chosen here only. The model does not know which ones it has.</summary>
/// <param name="Scan">The selective scan in torch operations.</param>
/// <param name="Encoder">The whole model as one fused operation for given sizes, or null where torch operations do the work.</param>
internal sealed record ModelKernels(StateSpaceScan Scan, Func<ModelSizes, EncoderOperation>? Encoder = null)
{
    /// <summary>Finds rows of a table.</summary>
    public RowLookUp LookUp { get; init; } = (table, rows) => table.index_select(0, rows);

    /// <summary>Makes item vectors from ids and features.</summary>
    public Func<ItemInputs, FeatureMapping> MapFeatures { get; init; } = inputs => new TorchFeatureMapping(inputs).Run;

    /// <summary>The fastest for a device and a type: on the CPU one fused operation for float32, as all trained models are.</summary>
    /// <param name="device">The device of the model.</param>
    /// <param name="degreeOfParallelism">Most threads of the fused operation.</param>
    /// <param name="dtype">Type of its weights.</param>
    public static ModelKernels For(Device device, int degreeOfParallelism, ScalarType dtype = ScalarType.Float32) =>
        device.type == DeviceType.CPU && dtype == ScalarType.Float32
            ? new(ScanKernel.For(device), sizes => new EncoderOperation(sizes, degreeOfParallelism))
            {
                LookUp = new FusedLookUp(degreeOfParallelism).Run,
                MapFeatures = inputs => new FusedFeatureMapping(inputs, degreeOfParallelism).Run,
            }
            : InTorch(ScanKernel.For(device));

    /// <summary>Torch operations only.</summary>
    public static ModelKernels InTorch(StateSpaceScan scan) => new(scan);
}

/// <summary>Chooses the softmax over the catalogue for a device and a type.</summary>
internal static class SoftmaxKernel
{
    /// <summary>The fastest for the device: on the CPU the fused kernel, for float32, as all trained models are.</summary>
    /// <param name="device">The device of the model.</param>
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
