using System.Text.Json.Nodes;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Text.Encoders;
using Microsoft.ML.Hydra.Text.LanguageModels;
using Microsoft.ML.Hydra.Text.Tests.Models;
using Xunit;

namespace Microsoft.ML.Hydra.Text.Tests.Encoders;

public sealed class TinyModelTests
{
    private static readonly string[] s_texts = ["x", "a tent", "the rowing camp, 2nd edition", "tent tent tent", "Käse & ünïcode ★ 😀", "a long text that does not fit into the positions of the model at all"];

    [Theory]
    [InlineData("bert")]
    [InlineData("roberta")]
    [InlineData("xlm-roberta")]
    [InlineData("llama")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    public void Each_kind_of_model_equals_the_equations_in_float64(string type)
    {
        using TinyFolder folder = Folder(type).Write();
        foreach (TextPooling pooling in (TextPooling[])[TextPooling.Automatic, TextPooling.Mean, TextPooling.FirstToken, TextPooling.LastToken])
        {
            CheckVectors(folder, new TextEncoderOptions { Pooling = pooling, Prompt = "item: " });
        }
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("llama")]
    public void The_item_token_and_the_projection_of_a_tuned_folder_count(string type)
    {
        using TinyFolder folder = Folder(type);
        folder.Tensors["hydra.item_token"] = new NamedTensor("hydra.item_token", [24], Enumerable.Range(0, 24).Select(i => MathF.Sin(i)).ToArray());
        folder.Tensors["hydra.projection"] = new NamedTensor("hydra.projection", [5, 24], Enumerable.Range(0, 120).Select(i => MathF.Cos(i * i)).ToArray());
        folder.Write().WriteJson("hydra_text.json", new JsonObject { ["prompt"] = "a ", ["maximum_tokens"] = 9, ["pooling"] = "ItemToken" });

        using var encoder = (FolderEncoder)TextEncoder.FromFolder(folder.Directory);
        Assert.Equal(new FolderSettings("a ", 9, TextPooling.ItemToken), encoder.Settings);
        Assert.Equal(5, encoder.Dimension);
        Assert.Equal(-1, encoder.Tokens("tent")[^1]);
        Assert.DoesNotContain(2, encoder.Tokens("tent"));   // [SEP] gave its place to [ITEM]
        Assert.Equal(9, encoder.Tokens(s_texts[^1]).Length);
        CheckVectors(folder, null);
        CheckVectors(folder, new TextEncoderOptions { Prompt = "", MaximumTokens = 20, Pooling = TextPooling.Mean });
    }

    [Theory]
    [InlineData("gelu_new")]
    [InlineData("relu")]
    [InlineData("silu")]
    public void The_activation_of_the_configuration_is_used(string activation)
    {
        using TinyFolder folder = Folder("bert");
        folder.Configuration["hidden_act"] = activation;
        CheckVectors(folder.Write(), null);
    }

    [Fact]
    public void Rotary_frequencies_are_scaled_as_the_configuration_states()
    {
        using TinyFolder folder = Folder("llama");
        CheckVectors(folder.Write(), null);
        using TextEncoder plain = TextEncoder.FromFolder(folder.Directory);
        folder.Configuration["rope_scaling"] = new JsonObject
        {
            ["rope_type"] = "llama3", ["factor"] = 8.0, ["low_freq_factor"] = 1.0, ["high_freq_factor"] = 4.0, ["original_max_position_embeddings"] = 40.0,
        };
        CheckVectors(folder.Write(), null);
        using TextEncoder scaled = TextEncoder.FromFolder(folder.Directory);
        Assert.NotEqual(plain.Encode(["the rowing camp"])[0], scaled.Encode(["the rowing camp"])[0]);
        Assert.NotEqual(plain.Identity, scaled.Identity);
    }

    [Fact]
    public void A_text_without_a_letter_or_a_digit_is_not_known()
    {
        using TinyFolder folder = Folder("bert").Write();
        using TextEncoder encoder = TextEncoder.FromFolder(folder.Directory);
        float[][] vectors = encoder.Encode(["", " ", "?!", "😀", "tent", "7", "tent"]);

        Assert.All(vectors[..4], vector => Assert.Equal(Enumerable.Repeat(float.NaN, 24), vector));
        Assert.All(vectors[4..], vector => Assert.Equal(1, vector.Sum(value => (double)value * value), 1e-5));
        Assert.Equal(vectors[4], vectors[6]);
        Assert.NotSame(vectors[4], vectors[6]);
        Assert.Empty(encoder.Encode([]));
        Assert.Contains("Text 1 of 2 is null", Assert.Throws<ArgumentException>(() => encoder.Encode(["a", null!])).Message, StringComparison.Ordinal);
        encoder.Dispose();
        Assert.Throws<ObjectDisposedException>(() => encoder.Encode(["tent"]));
    }

    private static TinyFolder Folder(string type) => type is "llama" or "qwen2" or "qwen3" ? TinyFolder.Llama(type) : TinyFolder.Bert(type);

    private static void CheckVectors(TinyFolder folder, TextEncoderOptions? options)
    {
        using var encoder = (FolderEncoder)TextEncoder.FromFolder(folder.Directory, options);
        var reference = new ReferenceLanguageModel(folder);
        foreach ((string text, float[] vector) in s_texts.Zip(encoder.Encode(s_texts)))
        {
            double[][] states = reference.Encode(encoder.Tokens(text));
            double[] pooled = encoder.Settings.Pooling switch
            {
                TextPooling.Mean => [.. Enumerable.Range(0, 24).Select(i => states.Average(state => state[i]))],
                TextPooling.FirstToken => states[0],
                _ => states[^1],
            };
            if (folder.Tensors.TryGetValue("hydra.projection", out NamedTensor? projection))
            {
                pooled = [.. projection.Values<float>().Chunk(24).Select(row => row.Zip(pooled, (a, b) => a * b).Sum())];
            }

            double length = Math.Sqrt(pooled.Sum(value => value * value));
            double worst = pooled.Zip(vector, (a, b) => Math.Abs((a / length) - b)).Max();
            Assert.True(worst <= 2e-6, $"'{text}' with {encoder.Settings} differs by {worst}.");
        }
    }
}
