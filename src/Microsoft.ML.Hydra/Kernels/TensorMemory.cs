using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Kernels;

/// <summary>The memory of CPU tensors, for kernels over spans. A span is valid only while its tensor is alive.</summary>
internal static class TensorMemory
{
    /// <summary>All values of a contiguous float32 tensor.</summary>
    public static unsafe Span<float> Of(Tensor tensor)
    {
        if (!tensor.is_contiguous() || tensor.dtype != ScalarType.Float32 || tensor.device_type != TorchSharp.DeviceType.CPU)
        {
            throw new ArgumentException($"A contiguous float32 tensor on the CPU is needed; this is {tensor.dtype} on {tensor.device}.", nameof(tensor));
        }

        var start = (float*)tensor.storage<float>().data_ptr() + tensor.storage_offset();
        return new Span<float>(start, checked((int)tensor.numel()));
    }
}
