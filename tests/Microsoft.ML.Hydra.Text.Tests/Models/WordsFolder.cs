using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Microsoft.ML.Hydra.Text.Tests.Models;

/// <summary>The folder of a small random BERT with a vocabulary of a few words: quick to encode with, and enough where the vectors need no meaning.</summary>
internal static class WordsFolder
{
    private const int Width = 8, Inner = 16, Layers = 2, Positions = 40;

    private static readonly string[] s_pieces =
    [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "red", "blue", "mug", "cup", "book", "product", "item", "shelf", "new", "large", "small", "##s",
        .. Enumerable.Range(0, 10).SelectMany(digit => new[] { $"{digit}", $"##{digit}" }), ",", ".",
    ];

    /// <summary>Writes it.</summary>
    /// <param name="directory">Created.</param>
    /// <param name="seed">Another seed gives another model.</param>
    public static string Write(string directory, int seed = 1)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, "config.json"), FormattableString.Invariant(
            $$"""{"model_type":"bert","vocab_size":{{s_pieces.Length}},"hidden_size":{{Width}},"num_hidden_layers":{{Layers}},"num_attention_heads":2,"intermediate_size":{{Inner}},"max_position_embeddings":{{Positions}},"type_vocab_size":2,"layer_norm_eps":1e-12,"hidden_act":"gelu"}"""));
        File.WriteAllLines(Path.Combine(directory, "vocab.txt"), s_pieces);
        var random = new Random(seed);
        List<Tensor> tensors =
        [
            Random("embeddings.word_embeddings.weight", s_pieces.Length, Width),
            Random("embeddings.position_embeddings.weight", Positions, Width),
            Random("embeddings.token_type_embeddings.weight", 2, Width),
            .. Norm("embeddings.LayerNorm"),
        ];
        for (int layer = 0; layer < Layers; layer++)
        {
            string at = FormattableString.Invariant($"encoder.layer.{layer}.");
            foreach ((string name, int output, int input) in new[]
            {
                ("attention.self.query", Width, Width), ("attention.self.key", Width, Width), ("attention.self.value", Width, Width),
                ("attention.output.dense", Width, Width), ("intermediate.dense", Inner, Width), ("output.dense", Width, Inner),
            })
            {
                tensors.Add(Random($"{at}{name}.weight", output, input));
                tensors.Add(Random($"{at}{name}.bias", output));
            }

            tensors.AddRange([.. Norm($"{at}attention.output.LayerNorm"), .. Norm($"{at}output.LayerNorm")]);
        }

        WriteSafetensors(Path.Combine(directory, "model.safetensors"), tensors);
        return directory;

        Tensor[] Norm(string name) => [Random($"{name}.weight", Width), Random($"{name}.bias", Width)];

        Tensor Random(string name, params int[] shape) =>
            new(name, shape, [.. Enumerable.Range(0, shape.Aggregate((product, size) => product * size)).Select(_ => (random.NextSingle() * 2) - 1)]);
    }

    // 8 bytes of header length, a JSON header with type, shape and place of each tensor, then the numbers
    private static void WriteSafetensors(string path, List<Tensor> tensors)
    {
        var header = new Dictionary<string, object>();
        int end = 0;
        foreach (Tensor tensor in tensors)
        {
            header.Add(tensor.Name, new { dtype = "F32", shape = tensor.Shape, data_offsets = new[] { end, end += tensor.Values.Length * sizeof(float) } });
        }

        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        using FileStream file = File.Create(path);
        file.Write(length);
        file.Write(json);
        foreach (Tensor tensor in tensors)
        {
            file.Write(MemoryMarshal.AsBytes(tensor.Values.AsSpan()));
        }
    }

    private sealed record Tensor(string Name, int[] Shape, float[] Values);
}
