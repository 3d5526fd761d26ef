using Microsoft.ML.Hydra.Tests.Persistence;
using TwoShops;
using Xunit;

namespace Microsoft.ML.Hydra.Text.Tests.Encoders;

public sealed class OnnxEncoderTests : IDisposable
{
    // [PAD] [UNK] [CLS] [SEP] red blue ##ish
    private static readonly float[][] s_table = [[9, 9], [8, 0], [1, 0], [0, 2], [3, 4], [-4, 3], [.5f, .25f]];

    private readonly TemporaryDirectory _directory = new();

    private string Model => _directory["model.onnx"];

    private string Vocabulary => _directory["vocab.txt"];

    [Fact]
    public void A_packaged_model_gives_the_published_vector_whatever_is_encoded_with_it()
    {
        WriteMiniLM();
        using TextEncoder encoder = TextEncoder.FromOnnx(Model, Vocabulary, new TextEncoderOptions { NumberOfThreads = 1 });
        float[][] vectors = encoder.Encode(["This is an example sentence", "", "mug", string.Join(' ', Enumerable.Repeat("long", 600)), "Each sentence is converted"]);

        // Of the model's card: sentence-transformers/all-MiniLM-L6-v2
        float[] published = [0.0676569f, 0.0634960f, 0.0487132f, 0.0793050f, 0.0374480f];
        Assert.All(published.Zip(vectors[0]), pair => Assert.Equal(pair.First, pair.Second, 2e-6f));
        Assert.Equal(384, encoder.Dimension);
        Assert.Equal(encoder.Encode(["This is an example sentence"])[0], vectors[0]);
        Assert.All(vectors[1], value => Assert.True(float.IsNaN(value)));
        Assert.All(new[] { 0, 2, 3, 4 }, i => Assert.Equal(1, vectors[i].Sum(value => (double)value * value), 1e-6));
    }

    [Theory]
    [InlineData(TextPooling.Automatic, 0, 6)]
    [InlineData(TextPooling.Mean, 0, 6)]
    [InlineData(TextPooling.FirstToken, 1, 0)]
    [InlineData(TextPooling.LastToken, 0, 2)]
    public void The_vectors_of_the_tokens_are_pooled(TextPooling pooling, float x, float y)
    {
        Write(new TinyOnnx { Table = s_table });
        using TextEncoder encoder = TextEncoder.FromOnnx(Model, Vocabulary, new TextEncoderOptions { Pooling = pooling });

        // [CLS] red blue [SEP]: (1, 0) + (3, 4) + (−4, 3) + (0, 2) = (0, 9)
        AssertVector([x, y], encoder.Encode(["Red blue"])[0]);
    }

    [Fact]
    public void A_graph_that_pools_itself_and_one_that_does_not_state_its_width_are_read()
    {
        Write(new TinyOnnx { Table = s_table, Pools = true, StatesWidth = false });
        using (TextEncoder encoder = TextEncoder.FromOnnx(Model, Vocabulary))
        {
            Assert.Equal(2, encoder.Dimension);
            AssertVector([0, 1], encoder.Encode(["red blue"])[0]);
        }

        Assert.Equal(
            $"The ONNX model '{Model}' gives one vector for each text, but Pooling is FirstToken; expected vectors of tokens; leave Pooling at Automatic.",
            Assert.Throws<InvalidDataException>(() => TextEncoder.FromOnnx(Model, Vocabulary, new TextEncoderOptions { Pooling = TextPooling.FirstToken })).Message);
    }

    [Fact]
    public void Prompt_and_number_of_tokens_are_followed_and_belong_to_the_identity()
    {
        Write(new TinyOnnx { Table = s_table });
        using TextEncoder plain = TextEncoder.FromOnnx(Model, Vocabulary), same = TextEncoder.FromOnnx(Model, Vocabulary, new TextEncoderOptions { Pooling = TextPooling.Mean });
        using TextEncoder prompted = TextEncoder.FromOnnx(Model, Vocabulary, new TextEncoderOptions { Prompt = "red " });
        using TextEncoder shortened = TextEncoder.FromOnnx(Model, Vocabulary, new TextEncoderOptions { MaximumTokens = 3 });

        AssertVector(plain.Encode(["red blue"])[0], prompted.Encode(["blue"])[0]);
        AssertVector(plain.Encode(["red"])[0], shortened.Encode(["red blue"])[0]);
        Assert.Equal(plain.Identity, same.Identity);
        Assert.Equal(3, new[] { plain.Identity, prompted.Identity, shortened.Identity }.Distinct().Count());
        File.AppendAllText(Vocabulary, "green\n");
        using TextEncoder other = TextEncoder.FromOnnx(Model, Vocabulary);
        Assert.NotEqual(plain.Identity, other.Identity);
    }

    [Fact]
    public void A_disposed_encoder_says_so()
    {
        Write(new TinyOnnx { Table = s_table });
        TextEncoder encoder = TextEncoder.FromOnnx(Model, Vocabulary);
        encoder.Dispose();
        encoder.Dispose();

        Assert.Throws<ObjectDisposedException>(() => encoder.Encode(["red"]));
    }

    [Theory]
    [InlineData("tokens", "has the input 'tokens'; expected no other inputs than input_ids, attention_mask and token_type_ids.")]
    [InlineData("other", "has the input 'pixel_values'; expected no other inputs than input_ids, attention_mask and token_type_ids.")]
    [InlineData("type", "reads Single [any, any, 2] in the input 'input_ids'; expected Int64 [texts, tokens].")]
    [InlineData("mask", "has no input 'input_ids'; expected the tokens there, Int64 [texts, tokens].")]
    [InlineData("output", "has the outputs 'tokens' Int64 [any, any]; expected one of Single [texts, tokens, d] or [texts, d].")]
    public void A_graph_with_other_inputs_or_outputs_is_one_sentence(string kind, string finding)
    {
        var graph = new TinyOnnx { Table = s_table };
        Write(kind switch
        {
            "tokens" => graph with { Input = "tokens" },
            "other" => graph with { OtherInput = "pixel_values" },
            "type" => graph with { InputType = 1 },
            "mask" => graph with { Input = "attention_mask" },
            _ => graph with { GivesTokens = true },
        });

        Assert.Equal($"The ONNX model '{Model}' {finding}", Assert.Throws<InvalidDataException>(() => TextEncoder.FromOnnx(Model, Vocabulary)).Message);
    }

    [Fact]
    public void Files_that_are_missing_or_something_else_are_one_sentence()
    {
        Write(new TinyOnnx { Table = s_table });
        Assert.Equal($"The ONNX model '{_directory["no.onnx"]}' does not exist; give the path of a file.", Assert.Throws<FileNotFoundException>(() => TextEncoder.FromOnnx(_directory["no.onnx"], Vocabulary)).Message);
        Assert.Equal($"The vocabulary '{_directory["no.txt"]}' does not exist; give the path of a file.", Assert.Throws<FileNotFoundException>(() => TextEncoder.FromOnnx(Model, _directory["no.txt"])).Message);
        Assert.Contains("has no line '[CLS]'", Assert.Throws<InvalidDataException>(() => TextEncoder.FromOnnx(Model, Model)).Message, StringComparison.Ordinal);

        byte[] whole = File.ReadAllBytes(Model);
        File.WriteAllBytes(Model, whole[..(whole.Length / 2)]);
        string message = Assert.Throws<InvalidDataException>(() => TextEncoder.FromOnnx(Model, Vocabulary)).Message;
        Assert.StartsWith($"The file '{Model}' is not a model that ONNX Runtime can read: ", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void A_vocabulary_of_another_model_and_numbers_that_are_not_finite_are_one_sentence()
    {
        Write(new TinyOnnx { Table = s_table[..5] });    // no vectors of "blue" and "##ish"
        using TextEncoder small = TextEncoder.FromOnnx(Model, Vocabulary);
        string message = Assert.Throws<InvalidDataException>(() => small.Encode(["blue"])).Message;
        Assert.StartsWith($"The ONNX model '{Model}' failed for a text of 3 tokens: ", message, StringComparison.Ordinal);
        Assert.EndsWith("Give the vocabulary of the same model, and MaximumTokens that the model has positions for.", message, StringComparison.Ordinal);

        string spoiledModel = _directory["spoiled.onnx"];
        new TinyOnnx { Table = [.. s_table.Select((row, i) => i == 4 ? [float.NaN, 1] : row)] }.Write(spoiledModel);
        using TextEncoder spoiled = TextEncoder.FromOnnx(spoiledModel, Vocabulary);
        Assert.StartsWith(
            $"The ONNX model '{spoiledModel}' gave a number that is not finite;", Assert.Throws<InvalidDataException>(() => spoiled.Encode(["red"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trained_item_token_is_not_possible()
    {
        Write(new TinyOnnx { Table = s_table });
        Assert.StartsWith(
            "Pooling is ItemToken, but an ONNX file has no trained vector [ITEM]; use Automatic, Mean, FirstToken or LastToken, or TextEncoder.FromFolder.",
            Assert.Throws<ArgumentException>(() => TextEncoder.FromOnnx(Model, Vocabulary, new TextEncoderOptions { Pooling = TextPooling.ItemToken })).Message,
            StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Dispose();

    private static void AssertVector(float[] expected, float[] actual)
    {
        double length = Math.Sqrt(expected.Sum(value => (double)value * value));
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First / length, pair.Second, 1e-6));
    }

    private void Write(TinyOnnx graph)
    {
        File.WriteAllText(Vocabulary, "[PAD]\n[UNK]\n[CLS]\n[SEP]\nred\nblue\n##ish\n");
        graph.Write(Model);
    }

    private void WriteMiniLM()
    {
        using (Stream onnx = PackagedModel.MiniLM.OpenOnnx(), file = File.Create(Model))
        {
            onnx.CopyTo(file);
        }

        using Stream words = PackagedModel.MiniLM.OpenVocabulary(), vocabulary = File.Create(Vocabulary);
        words.CopyTo(vocabulary);
    }
}
