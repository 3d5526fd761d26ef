using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using TwoShops;

namespace Microsoft.ML.Hydra.Text.Tests.Models;

/// <summary>A packaged model in ONNX Runtime, one text at a time.</summary>
internal sealed class OnnxReference : IDisposable
{
    private readonly InferenceSession _session;
    private readonly bool _poolsMean;

    public OnnxReference(PackagedModel model, bool poolsMean)
    {
        using var bytes = new MemoryStream();
        using Stream onnx = model.OpenOnnx();
        onnx.CopyTo(bytes);
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        (_session, _poolsMean) = (new InferenceSession(bytes.ToArray(), options), poolsMean);
    }

    /// <summary>The vector of some tokens, of length 1.</summary>
    public double[] Encode(int[] tokens)
    {
        int[] shape = [1, tokens.Length];
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = _session.Run(
        [
            NamedOnnxValue.CreateFromTensor("input_ids", new DenseTensor<long>(Array.ConvertAll(tokens, token => (long)token), shape)),
            NamedOnnxValue.CreateFromTensor("attention_mask", new DenseTensor<long>(Array.ConvertAll(tokens, _ => 1L), shape)),
            NamedOnnxValue.CreateFromTensor("token_type_ids", new DenseTensor<long>(new long[tokens.Length], shape)),
        ]);
        float[] states = [.. outputs.First().AsEnumerable<float>()];
        int width = states.Length / tokens.Length;
        double[] pooled = [.. Enumerable.Range(0, width).Select(i => _poolsMean
            ? Enumerable.Range(0, tokens.Length).Average(token => (double)states[(token * width) + i])
            : states[i])];
        double length = Math.Sqrt(pooled.Sum(value => value * value));
        return [.. pooled.Select(value => value / length)];
    }

    public void Dispose() => _session.Dispose();
}
