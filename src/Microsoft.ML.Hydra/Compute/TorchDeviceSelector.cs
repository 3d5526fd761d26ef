using TorchSharp;

namespace Microsoft.ML.Hydra.Compute;

/// <summary>Chooses the torch device that <c>MLContext.GpuDeviceId</c> and <c>MLContext.FallbackToCpu</c> ask for.</summary>
internal static class TorchDeviceSelector
{
    /// <summary>Chooses among the devices of this machine. The native backend must be loaded.</summary>
    /// <param name="gpuDeviceId">Index of the CUDA device, from 0; <see langword="null"/> for the CPU.</param>
    /// <param name="fallbackToCpu">Whether to use the CPU when that device is not available.</param>
    /// <exception cref="InvalidOperationException">The device is not available and the CPU may not be used.</exception>
    public static TorchDeviceChoice Choose(int? gpuDeviceId, bool fallbackToCpu) =>
        Choose(gpuDeviceId, fallbackToCpu, torch.cuda.is_available, torch.cuda.device_count);

    /// <summary>The same choice among given devices.</summary>
    /// <param name="gpuDeviceId">Index of the CUDA device, from 0; <see langword="null"/> for the CPU.</param>
    /// <param name="fallbackToCpu">Whether to use the CPU when that device is not available.</param>
    /// <param name="cudaAvailable">Whether CUDA works; called only when a GPU is requested.</param>
    /// <param name="deviceCount">Number of CUDA devices; called only when CUDA works.</param>
    public static TorchDeviceChoice Choose(
        int? gpuDeviceId, bool fallbackToCpu, Func<bool> cudaAvailable, Func<int> deviceCount)
    {
        if (gpuDeviceId is not int index)
        {
            return new TorchDeviceChoice(new torch.Device(DeviceType.CPU), "CPU");
        }

        string found;
        if (!cudaAvailable())
        {
            found = "no CUDA device is available (it takes an NVIDIA driver and the package TorchSharp-cuda-linux or TorchSharp-cuda-windows)";
        }
        else
        {
            int count = deviceCount();
            if (index >= 0 && index < count)
            {
                return new TorchDeviceChoice(new torch.Device(DeviceType.CUDA, index), $"CUDA device {index}");
            }

            found = count == 1 ? "the only CUDA device is 0" : $"the CUDA devices are 0 to {count - 1}";
        }

        return fallbackToCpu
            ? new TorchDeviceChoice(new torch.Device(DeviceType.CPU), $"CPU, as GpuDeviceId is {index} but {found}")
            : throw new InvalidOperationException(
                $"GpuDeviceId of the MLContext is {index} but {found}: set GpuDeviceId to a device that is there or to null for the CPU, " +
                "or FallbackToCpu to true.");
    }
}

/// <summary>The device that torch runs on.</summary>
/// <param name="Device">The device.</param>
/// <param name="Description">For the log: the device and, when it is not the requested one, the reason.</param>
internal readonly record struct TorchDeviceChoice(torch.Device Device, string Description);
