using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Kernels;

/// <summary>The memory of CPU tensors, for kernels over spans. A span is valid only while its tensor is alive.</summary>
internal static class TensorMemory
{
    /// <summary>Whether a tensor's values can be had as a span: float32, on the CPU, contiguous.</summary>
    public static bool IsReachable(Tensor tensor) =>
        tensor.dtype == ScalarType.Float32 && tensor.device_type == DeviceType.CPU && tensor.is_contiguous();

    /// <summary>All values of a contiguous float32 tensor.</summary>
    public static unsafe Span<float> Of(Tensor tensor)
    {
        if (!IsReachable(tensor))
        {
            throw new ArgumentException($"A contiguous float32 tensor on the CPU is needed; this is {tensor.dtype} on {tensor.device}.", nameof(tensor));
        }

        var start = (float*)tensor.storage<float>().data_ptr() + tensor.storage_offset();
        return new Span<float>(start, checked((int)tensor.numel()));
    }
}
