using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Compute;

/// <summary>Chooses the scan in torch operations for a device. The model runs on whatever it is given.</summary>
internal static class ScanKernel
{
    // Measured optimum on one CPU core; matrix units of a GPU want larger products.
    private const int CpuChunk = 32;
    private const int GpuChunk = 128;

    /// <summary>The fastest for the device.</summary>
    public static StateSpaceScan For(Device device) => Chunked(device.type == DeviceType.CPU ? CpuChunk : GpuChunk);

    /// <summary>The chunked scan with a given chunk length.</summary>
    public static StateSpaceScan Chunked(int chunk) => (x, dt, a, b, c) => ChunkedScan.Run(x, dt, a, b, c, chunk);
}
