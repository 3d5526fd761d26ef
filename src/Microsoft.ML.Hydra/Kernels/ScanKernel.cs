using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Kernels;

/// <summary>Chooses the scan for a device. The model runs on whatever it is given.</summary>
internal static class ScanKernel
{
    // Measured optimum of the torch form on one CPU core; matrix units of a GPU want larger products.
    private const int CpuChunk = 32;
    private const int GpuChunk = 128;

    /// <summary>The fastest scan for the device: on the CPU the fused kernel, for float32, as all trained models are.</summary>
    public static StateSpaceScan For(Device device)
    {
        if (device.type != DeviceType.CPU)
        {
            return Chunked(GpuChunk);
        }

        var fused = new FusedScan(get_num_threads());
        return (x, dt, a, b, c) => x.dtype == ScalarType.Float32 ? fused.Run(x, dt, a, b, c) : ChunkedScan.Run(x, dt, a, b, c, CpuChunk);
    }

    /// <summary>The chunked scan with a given chunk length.</summary>
    public static StateSpaceScan Chunked(int chunk) => (x, dt, a, b, c) => ChunkedScan.Run(x, dt, a, b, c, chunk);

    /// <summary>The reference: one position after another.</summary>
    public static StateSpaceScan Sequential => SequentialScan.Run;
}
