using System.Collections.Concurrent;
using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Compute;

/// <summary>The memory of CPU tensors, for kernels over spans. A span or pointer is valid only while its tensor is alive.</summary>
internal static unsafe class TensorMemory
{
    /// <summary>Whether a tensor's values can be read as a span: float32, on the CPU, contiguous.</summary>
    public static bool IsReachable(Tensor tensor) =>
        tensor.dtype == ScalarType.Float32 && tensor.device_type == DeviceType.CPU && tensor.is_contiguous();

    /// <summary>All values of a contiguous float32 tensor.</summary>
    public static Span<float> Of(Tensor tensor) => new(Pointer(tensor), checked((int)tensor.numel()));

    /// <summary>The first value of a contiguous float32 tensor.</summary>
    public static float* Pointer(Tensor tensor)
    {
        if (!IsReachable(tensor))
        {
            throw new ArgumentException($"A contiguous float32 tensor on the CPU is needed; this is {tensor.dtype} on {tensor.device}.", nameof(tensor));
        }

        return (float*)tensor.storage<float>().data_ptr() + tensor.storage_offset();
    }

    /// <summary>Finds weights, or their gradients, by name. The item vectors are not among them and give null.</summary>
    /// <exception cref="ArgumentException">One is missing or of another length.</exception>
    public static EncoderWeights.Source Source(IEnumerable<string> names, IEnumerable<Tensor> values)
    {
        Dictionary<string, Tensor> byName = names.Zip(values).ToDictionary(pair => pair.First, pair => pair.Second);
        return (name, shape) => name == EncoderWeights.ItemVectors
            ? null
            : byName.TryGetValue(name, out Tensor? tensor) && tensor.numel() == EncoderWeights.Length(shape)
                ? Pointer(tensor)
                : throw new ArgumentException($"There is no tensor '{name}' of {EncoderWeights.Length(shape)} numbers among the weights.", nameof(values));
    }
}

/// <summary>Scratch memory kept between calls. A workspace serves one call at a time; several threads may call at once.</summary>
/// <param name="degreeOfParallelism">Most threads of one call.</param>
internal sealed class WorkspacePool(int degreeOfParallelism)
{
    private readonly ConcurrentBag<Workspace> _idle = [];

    /// <summary>Runs a call with a workspace of its own.</summary>
    public T Use<T>(Func<Workspace, T> call)
    {
        if (!_idle.TryTake(out Workspace? workspace))
        {
            workspace = new Workspace(degreeOfParallelism);
        }

        T result = call(workspace);
        _idle.Add(workspace);
        return result;
    }
}
