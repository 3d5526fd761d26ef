using System.Text.Json;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Text.LanguageModels;

namespace Microsoft.ML.Hydra.Text.Tuning;

/// <summary>Language models of a few thousand random weights.</summary>
internal static class TinyModels
{
    public const int Words = 60;

    public static LanguageModelShape Bert { get; } = new()
    {
        Kind = LanguageModelKind.Bert, ModelType = "bert", VocabularySize = Words + 5, Width = 16, NumberOfLayers = 2, NumberOfHeads = 2, NumberOfKeyValueHeads = 2,
        HeadWidth = 8, InnerWidth = 24, MaximumTokens = 20, NormEpsilon = 1e-12f,
    };

    public static LanguageModelShape Llama { get; } = new()
    {
        Kind = LanguageModelKind.Llama, ModelType = "qwen3", VocabularySize = Words + 5, Width = 16, NumberOfLayers = 2, NumberOfHeads = 4, NumberOfKeyValueHeads = 2,
        HeadWidth = 6, InnerWidth = 24, MaximumTokens = 20, NormEpsilon = 1e-6f, RotaryBase = 10_000, Activation = LanguageModelActivation.Silu,
    };

    /// <summary>Random weights under the names that a folder has; with <c>[ITEM]</c> and a projection to fewer numbers on demand.</summary>
    public static LanguageModelWeights Weights(LanguageModelShape shape, int seed = 1, bool hasItemToken = false, bool hasProjection = false)
    {
        var random = new Random(seed);
        var tensors = new Dictionary<string, NamedTensor>();
        foreach (ExpectedTensor expected in LanguageModelTensors.Of(shape))
        {
            bool isOwn = expected.Name.StartsWith("hydra.", StringComparison.Ordinal);
            if (isOwn ? expected.Name == LanguageModelWeights.ItemToken ? !hasItemToken : !hasProjection : expected.IsOptional)
            {
                continue;
            }

            long[] dimensions = [.. expected.Shape.Select(dimension => dimension == 0 ? 12 : dimension)];
            bool isNorm = expected.Name.Contains("orm.weight", StringComparison.Ordinal) || expected.Name.EndsWith("layernorm.weight", StringComparison.Ordinal);
            double scale = dimensions.Length == 2 && !expected.Name.Contains("embed", StringComparison.Ordinal) ? 1 / Math.Sqrt(dimensions[1]) : isNorm || dimensions.Length == 1 ? .1 : 1;
            var values = new float[dimensions.Aggregate(1L, (a, b) => a * b)];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = (float)((isNorm ? 1 : 0) + (scale * 1.7 * ((2 * random.NextDouble()) - 1)));
            }

            tensors.Add(expected.Name, new NamedTensor(expected.Name, dimensions, values));
        }

        return new LanguageModelWeights(shape, tensors);
    }

    /// <summary>Texts of 3 to 7 random tokens, as <c>[CLS] … [SEP]</c>; row 0 has none.</summary>
    public static int[]?[] Tokens(int items, int seed = 2, bool hasItemToken = false)
    {
        var random = new Random(seed);
        return [null, .. Enumerable.Range(0, items).Select(_ => (int[]?)[2, .. Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(5, Words + 5)), hasItemToken ? PackedTexts.ItemToken : 3])];
    }

    /// <summary>Writes the tiny BERT as a folder; its words are w0 … w59.</summary>
    public static string WriteBertFolder(string directory, int seed = 1)
    {
        Directory.CreateDirectory(directory);
        LanguageModelShape shape = Bert;
        File.WriteAllText(Path.Combine(directory, "config.json"), JsonSerializer.Serialize(new
        {
            model_type = "bert", vocab_size = shape.VocabularySize, hidden_size = shape.Width, num_hidden_layers = shape.NumberOfLayers, num_attention_heads = shape.NumberOfHeads,
            intermediate_size = shape.InnerWidth, max_position_embeddings = shape.MaximumTokens, type_vocab_size = 12, layer_norm_eps = 1e-12, hidden_act = "gelu",
        }));
        File.WriteAllText(Path.Combine(directory, "tokenizer_config.json"), JsonSerializer.Serialize(new { do_lower_case = true, tokenizer_class = "BertTokenizer" }));
        File.WriteAllLines(Path.Combine(directory, "vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Enumerable.Range(0, Words).Select(word => $"w{word}")]);
        using FileStream stream = File.Create(Path.Combine(directory, "model.safetensors"));
        new SafetensorsFile([.. Weights(shape, seed).Tensors.Values]).Write(stream);
        return directory;
    }
}
