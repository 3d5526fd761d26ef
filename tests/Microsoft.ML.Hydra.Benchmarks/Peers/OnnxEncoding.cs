using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using TwoShops;

namespace Microsoft.ML.Hydra.Benchmarks.Peers;

/// <summary>all-MiniLM-L6-v2 in ONNX Runtime: the states of all tokens, without tokenizer and pooling.</summary>
internal sealed class OnnxEncoding : IDisposable
{
    private const int TextsAtOnce = 32;   // more or fewer were not faster

    private readonly InferenceSession _session;

    public OnnxEncoding(int threads)
    {
        using var bytes = new MemoryStream();
        using Stream onnx = PackagedModel.MiniLM.OpenOnnx();
        onnx.CopyTo(bytes);
        using var options = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1 };
        _session = new InferenceSession(bytes.ToArray(), options);
    }

    /// <summary>Runs texts of one length.</summary>
    public void Run(int[][] tokens)
    {
        foreach (int[][] batch in tokens.Chunk(TextsAtOnce))
        {
            int[] shape = [batch.Length, batch[0].Length];
            long[] ids = [.. batch.SelectMany(text => text).Select(token => (long)token)];
            using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = _session.Run(
                [Input("input_ids", ids), Input("attention_mask", [.. ids.Select(_ => 1L)]), Input("token_type_ids", new long[ids.Length])], ["last_hidden_state"]);

            NamedOnnxValue Input(string name, long[] values) => NamedOnnxValue.CreateFromTensor(name, new DenseTensor<long>(values, shape));
        }
    }

    public void Dispose() => _session.Dispose();
}
