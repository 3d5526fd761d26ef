using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Kernels;

/// <summary>The operations of a model that have a fast form, chosen in one place. The model does not know which it was given.</summary>
/// <param name="Scan">The selective scan.</param>
/// <param name="Convolution">The convolution before it.</param>
internal sealed record ModelKernels(StateSpaceScan Scan, ConvolutionSilu Convolution)
{
    /// <summary>The fastest for the device: on the CPU fused kernels, for float32, as all trained models are.</summary>
    public static ModelKernels For(Device device)
    {
        if (device.type != DeviceType.CPU)
        {
            return ScanKernel.For(device);
        }

        var fused = new FusedConvolution(get_num_threads());
        return new ModelKernels(
            ScanKernel.For(device),
            (x, weight, bias) => x.dtype == ScalarType.Float32 ? fused.Run(x, weight, bias) : CausalConvolution.Run(x, weight, bias).silu());
    }

    /// <summary>A scan, and torch operations for everything else.</summary>
    public static implicit operator ModelKernels(StateSpaceScan scan) =>
        new(scan, (x, weight, bias) => CausalConvolution.Run(x, weight, bias).silu());
}
