using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Text.LanguageModels;

namespace Microsoft.ML.Hydra.Text.Tests.Models;

/// <summary>A folder of a small language model with random weights, which goes when it is disposed. Change <see cref="Configuration"/> and others, then write.</summary>
internal sealed class TinyFolder : IDisposable
{
    private readonly DirectoryInfo _directory = System.IO.Directory.CreateTempSubdirectory("hydra-tiny-");

    private TinyFolder(JsonObject configuration, string prefix)
    {
        (Configuration, Prefix) = (configuration, prefix);
        Shape = LanguageModelConfiguration.Read(JsonSerializer.SerializeToUtf8Bytes(configuration), "config.json");
        var random = new Random(7);
        foreach (ExpectedTensor tensor in LanguageModelTensors.Of(Shape))
        {
            // Of what may be missing, Llama gets one bias.
            if (!tensor.IsOptional || (Shape.ModelType == "llama" && tensor.Name.EndsWith("gate_proj.bias", StringComparison.Ordinal)))
            {
                Tensors[tensor.Name] = Random(random, tensor);
            }
        }
    }

    public string Directory => _directory.FullName;

    public JsonObject Configuration { get; }

    public LanguageModelShape Shape { get; }

    /// <summary>Put before the names in the file.</summary>
    public string Prefix { get; set; }

    /// <summary>The weights under their names without the prefix.</summary>
    public Dictionary<string, NamedTensor> Tensors { get; } = [];

    public static TinyFolder Bert(string type = "bert") => new(
        new JsonObject
        {
            ["model_type"] = type, ["hidden_size"] = 24, ["num_hidden_layers"] = 2, ["num_attention_heads"] = 3, ["intermediate_size"] = 40,
            ["vocab_size"] = 300, ["max_position_embeddings"] = 34, ["layer_norm_eps"] = 1e-5, ["hidden_act"] = "gelu", ["pad_token_id"] = 1, ["type_vocab_size"] = 1,
        },
        type == "bert" ? "bert." : "roberta.");

    public static TinyFolder Llama(string type = "llama") => new(
        new JsonObject
        {
            ["model_type"] = type, ["hidden_size"] = 24, ["num_hidden_layers"] = 2, ["num_attention_heads"] = 6, ["num_key_value_heads"] = 2, ["head_dim"] = 6,
            ["intermediate_size"] = 40, ["vocab_size"] = 300, ["max_position_embeddings"] = 64, ["rms_norm_eps"] = 1e-3, ["rope_theta"] = 500.0,
        },
        "model.");

    /// <summary>Writes all files.</summary>
    public TinyFolder Write()
    {
        WriteJson("config.json", Configuration);
        WriteWeights("model.safetensors", Tensors.Values);
        WriteJson("tokenizer.json", Tokenizer());
        return this;
    }

    public void WriteJson(string name, JsonNode content) => File.WriteAllText(Path.Combine(Directory, name), content.ToJsonString());

    public void WriteWeights(string name, IEnumerable<NamedTensor> tensors)
    {
        using FileStream stream = File.Create(Path.Combine(Directory, name));
        new SafetensorsFile([.. tensors.Select(tensor => new NamedTensor(
            tensor.Name.StartsWith("hydra.", StringComparison.Ordinal) ? tensor.Name : Prefix + tensor.Name, tensor.Shape, tensor.Data))]).Write(stream);
    }

    /// <summary>A byte-level BPE of 256 bytes and a few merges; "&lt;s&gt;" and "&lt;/s&gt;" around a text of BERT kinds.</summary>
    public JsonObject Tokenizer()
    {
        var vocabulary = new JsonObject();
        int token = 0;
        foreach (string special in (string[])["<s>", "<pad>", "</s>", "<unk>"])
        {
            vocabulary[special] = token++;
        }

        int unseen = 256;
        for (int value = 0; value < 256; value++)
        {
            bool isSeen = value is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255);
            vocabulary[((char)(isSeen ? value : unseen++)).ToString()] = token++;
        }

        var merges = new JsonArray();
        foreach (string pair in (string[])["t e", "te n", "ten t", "Ġ c", "a m", "Ġc am", "Ġcam p", "r o", "ro w"])
        {
            merges.Add(pair);
            vocabulary[pair.Replace(" ", "", StringComparison.Ordinal)] = token++;
        }

        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(new JsonObject { ["id"] = 2, ["content"] = "</s>", ["special"] = true }),
            ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false },
            ["post_processor"] = Shape.Kind == LanguageModelKind.Llama ? null : new JsonObject
            {
                ["type"] = "RobertaProcessing", ["sep"] = new JsonArray("</s>", 2), ["cls"] = new JsonArray("<s>", 0),
            },
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = merges },
        };
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static NamedTensor Random(Random random, ExpectedTensor tensor)
    {
        long[] shape = [.. tensor.Shape.Select(dimension => dimension == 0 ? 1 : dimension)];
        bool isNorm = tensor.Name.Contains("norm", StringComparison.OrdinalIgnoreCase) && tensor.Name.EndsWith("weight", StringComparison.Ordinal);
        return new NamedTensor(tensor.Name, shape, Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b))
            .Select(_ => (float)((isNorm ? 1 : 0) + (0.4 * (random.NextDouble() + random.NextDouble() - 1)))).ToArray());
    }
}
