using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Kernels;

/// <summary>The operations of a model that have a fast form, chosen in one place. The model does not know which it was given.</summary>
/// <param name="Scan">The selective scan.</param>
/// <param name="Convolution">The convolution before it.</param>
/// <param name="Norm">RMSNorm with and without gate.</param>
/// <param name="GatedProduct">The product inside the feed-forward.</param>
internal sealed record ModelKernels(StateSpaceScan Scan, ConvolutionSilu Convolution, Norm Norm, GatedProduct GatedProduct)
{
    /// <summary>The fastest for the device: on the CPU fused kernels, for float32, as all trained models are.</summary>
    public static ModelKernels For(Device device)
    {
        StateSpaceScan scan = ScanKernel.For(device);
        ModelKernels inTorch = scan;
        if (device.type != DeviceType.CPU)
        {
            return inTorch;
        }

        int threads = get_num_threads();
        var convolution = new FusedConvolution(threads);
        var norm = new FusedNorm(threads);
        var product = new FusedGatedProduct(threads);
        return new ModelKernels(
            scan,
            (x, weight, bias) => IsSingle(x) ? convolution.Run(x, weight, bias) : inTorch.Convolution(x, weight, bias),
            (x, gate, weight) => IsSingle(x) ? norm.Run(x, gate, weight) : inTorch.Norm(x, gate, weight),
            gateUp => IsSingle(gateUp) ? product.Run(gateUp) : inTorch.GatedProduct(gateUp));
    }

    /// <summary>A scan, and torch operations for everything else.</summary>
    public static implicit operator ModelKernels(StateSpaceScan scan) => new(
        scan,
        (x, weight, bias) => CausalConvolution.Run(x, weight, bias).silu(),
        TorchNorm.Run,
        gateUp =>
        {
            Tensor[] parts = gateUp.chunk(2, -1);
            return parts[0].silu() * parts[1];
        });

    private static bool IsSingle(Tensor x) => x.dtype == ScalarType.Float32;
}
