using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Text.Tests.Models;
using Xunit;

namespace Microsoft.ML.Hydra.Text.Tests.LanguageModels;

public sealed class BadFolderTests
{
    private const string Query = "encoder.layer.1.attention.self.query.weight";

    [Fact]
    public void A_folder_that_is_not_there_is_named()
    {
        Assert.Contains("no folder '/no/such/folder'", Assert.Throws<DirectoryNotFoundException>(() => TextEncoder.FromFolder("/no/such/folder")).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => TextEncoder.FromFolder(" "));
    }

    [Theory]
    [InlineData("config.json", "has no config.json")]
    [InlineData("model.safetensors", "has no model.safetensors and no model.safetensors.index.json; it holds config.json, tokenizer.json.")]
    [InlineData("tokenizer.json", "has no tokenizer; expected tokenizer.json, vocab.txt")]
    public void A_missing_file_is_named(string name, string expected)
    {
        using TinyFolder folder = TinyFolder.Bert().Write();
        File.Delete(Path.Combine(folder.Directory, name));
        Refuses(folder, expected);
    }

    [Theory]
    [InlineData("model_type", "gpt2", "a model of the type 'gpt2', which is not supported; expected model_type bert, roberta, xlm-roberta, llama, qwen2 or qwen3")]
    [InlineData("hidden_size", 25, "hidden_size 25 and num_attention_heads 3")]
    [InlineData("hidden_size", -1, "states hidden_size = -1; expected a whole number from 1")]
    [InlineData("hidden_size", "wide", "states hidden_size = \"wide\"; expected a whole number")]
    [InlineData("hidden_size", null, "has no 'hidden_size'; expected a whole number")]
    [InlineData("hidden_act", "mish", "hidden_act 'mish', which is not supported; expected gelu")]
    [InlineData("position_embedding_type", "relative_key", "position_embedding_type 'relative_key'")]
    [InlineData("is_decoder", true, "the model is a decoder")]
    [InlineData("num_hidden_layers", 3, "have no tensor 'encoder.layer.2.attention.self.query.weight' of the shape [24, 24], which config.json calls for")]
    [InlineData("intermediate_size", 41, "'bert.encoder.layer.0.intermediate.dense.weight' has the shape [40, 24]; config.json calls for [41, 24]")]
    public void What_the_configuration_states_is_checked(string key, object? value, string expected)
    {
        using TinyFolder folder = TinyFolder.Bert();
        folder.Configuration[key] = value is null ? null : JsonValue.Create(value);
        Refuses(folder.Write(), expected);
    }

    [Theory]
    [InlineData("quantization_config", "{}", "has a 'quantization_config'")]
    [InlineData("rope_scaling", """{"rope_type":"yarn","factor":4}""", "the rope_type 'yarn', which is not supported; expected default, linear or llama3")]
    [InlineData("num_key_value_heads", "4", "num_key_value_heads 4 and num_attention_heads 6")]
    [InlineData("head_dim", "5", "heads of 5 numbers")]
    [InlineData("hidden_act", "\"gelu\"", "hidden_act 'gelu'")]
    public void What_the_configuration_of_Llama_states_is_checked(string key, string value, string expected)
    {
        using TinyFolder folder = TinyFolder.Llama();
        folder.Configuration[key] = JsonNode.Parse(value);
        Refuses(folder.Write(), expected);
    }

    [Fact]
    public void Weights_that_cannot_be_used_are_named()
    {
        using TinyFolder folder = TinyFolder.Bert();
        NamedTensor query = folder.Tensors[Query];
        float[] values = (float[])query.Values<float>().Clone();
        values[5] = float.NaN;
        Write(new NamedTensor(Query, [24, 24], values), $"'bert.{Query}' holds a number that is not finite");
        Write(new NamedTensor(Query, [24, 23], new float[24 * 23]), $"'bert.{Query}' has the shape [24, 23]; config.json calls for [24, 24]");
        Write(new NamedTensor(Query, [576], new float[576]), "has the shape [576]");
        Write(new NamedTensor(Query, [24, 24], new long[576]), $"'bert.{Query}' holds I64 numbers; expected F32, F16 or BF16");

        void Write(NamedTensor tensor, string expected)
        {
            folder.Tensors[Query] = tensor;
            Refuses(folder.Write(), expected);
        }
    }

    [Theory]
    [InlineData(.999)]
    [InlineData(.5)]
    [InlineData(.001)]
    [InlineData(0)]
    public void A_truncated_file_is_named(double share)
    {
        using TinyFolder folder = TinyFolder.Bert().Write();
        string path = Path.Combine(folder.Directory, "model.safetensors");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..(int)(new FileInfo(path).Length * share)]);
        Refuses(folder, $"'{path}' cannot be used. The safetensors data cannot be read: it is cut short");
    }

    [Fact]
    public void A_tokenizer_of_another_model_is_refused()
    {
        using TinyFolder folder = TinyFolder.Bert();
        folder.Configuration["vocab_size"] = 268;
        folder.Tensors["embeddings.word_embeddings.weight"] = new NamedTensor("embeddings.word_embeddings.weight", [268, 24], new float[268 * 24]);
        Refuses(folder.Write(), "has tokens up to 268, and the weights have vectors for 0 to 267; copy tokenizer and weights from the same model");
    }

    [Theory]
    [InlineData("model-1.safetensors", "'", "model-1.safetensors' is missing, which model.safetensors.index.json names")]
    [InlineData("../model.safetensors", "'", "expected the name of a file in the folder")]
    public void The_index_of_several_files_names_files_of_the_folder(string file, string start, string expected)
    {
        using TinyFolder folder = TinyFolder.Bert().Write();
        File.Delete(Path.Combine(folder.Directory, "model.safetensors"));
        folder.WriteJson("model.safetensors.index.json", new JsonObject { ["weight_map"] = new JsonObject { ["bert." + Query] = file } });
        Assert.Contains(start, Refuses(folder, expected), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hydra_text.json", """{"pooling":"Median"}""", "the pooling 'Median', which is not supported; expected Automatic, Mean, FirstToken, LastToken, ItemToken")]
    [InlineData("hydra_text.json", """{"pooling":"ItemToken"}""", "have no 'hydra.item_token', which Pooling = ItemToken needs")]
    [InlineData("hydra_text.json", """{"maximum_tokens":1}""", "maximum_tokens = 1; expected a whole number from 2")]
    [InlineData("1_Pooling/config.json", """{"pooling_mode_max_tokens":true}""", "states pooling_mode_max_tokens, which is not supported; expected one of pooling_mode_mean_tokens")]
    [InlineData("1_Pooling/config.json", """{"pooling_mode_mean_tokens":true,"pooling_mode_cls_token":true}""", "pooling_mode_mean_tokens and pooling_mode_cls_token")]
    [InlineData("modules.json", """[{"type":"sentence_transformers.models.Dense"}]""", "lists the part 'sentence_transformers.models.Dense', which is not supported")]
    [InlineData("modules.json", "{}", "is not a list of parts")]
    [InlineData("config.json", "{", "is not JSON")]
    [InlineData("config.json", "[]", "holds a JSON Array; expected an object")]
    [InlineData("tokenizer.json", """{"model":{"type":"Unigram"}}""", "is a Unigram model, which is not supported; expected sentencepiece.bpe.model")]
    [InlineData("tokenizer.json", """{"model":{"type":"BPE","byte_fallback":true}}""", "states byte_fallback, which is not supported")]
    [InlineData("tokenizer.json", """{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"pre_tokenizer":{"type":"Metaspace"}}""", "is Metaspace, which is not supported; expected ByteLevel")]
    [InlineData("tokenizer.json", """{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"pre_tokenizer":{"type":"ByteLevel"},"normalizer":{"type":"Lowercase"}}""", "is Lowercase, which is not supported; expected NFC")]
    [InlineData("tokenizer.json", """{"model":{"type":"BPE","vocab":{"a":0},"merges":["a b"]},"pre_tokenizer":{"type":"ByteLevel"}}""", "merges to 'b', which is not in its vocabulary")]
    [InlineData("tokenizer.json", """{"model":{"type":"BPE","vocab":{"\ud800":0},"merges":[]},"pre_tokenizer":{"type":"ByteLevel"}}""", "not valid Unicode")]
    [InlineData("tokenizer.json", """{"model":{"type":"WordLevel"}}""", "a model of the type 'WordLevel', which is not supported; expected WordPiece or BPE")]
    [InlineData("tokenizer.model", "no model", "tokenizer.model' is not a SentencePiece model")]
    public void A_small_file_that_cannot_be_followed_is_named(string name, string content, string expected)
    {
        using TinyFolder folder = TinyFolder.Bert().Write();
        string path = Path.Combine(folder.Directory, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        Refuses(folder, expected);
    }

    private static string Refuses(TinyFolder folder, string expected)
    {
        string message = Assert.Throws<InvalidDataException>(() => TextEncoder.FromFolder(folder.Directory)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
