using Microsoft.ML.Hydra.Text.LanguageModels;
using TorchSharp;
using Xunit;

namespace Microsoft.ML.Hydra.Text.Tuning;

public sealed class PackedTextsTests
{
    [Fact]
    public void Texts_stand_by_length_and_texts_of_no_item_fill_the_batch()
    {
        int[][] tokens = [[9, 8, 7], [6, 5], [4, 3, 2, 1], [1, 2]];
        using var texts = new PackedTexts([2, 0, 3, 1], tokens, multiple: 8);

        Assert.Equal([3, 1, 0, 2], texts.Items);
        Assert.Equal(16, texts.NumberOfTokens);
        Assert.Equal([new(2, 2), new(1, 3), new(1, 4), new(1, 4), new(1, 1)], texts.Groups);
        Assert.Equal([1, 2, 6, 5, 9, 8, 7, 4, 3, 2, 1, 0, 0, 0, 0, 0], texts.Ids);
        Assert.Equal([0, 1, 0, 1, 0, 1, 2, 0, 1, 2, 3, 0, 1, 2, 3, 0], texts.Positions);
        Assert.Equal([0, 2, 4, 7], texts.FirstTokens);
        Assert.Equal([1, 3, 6, 10], texts.LastTokens);
        Assert.Equal([4, 3, 4, 4, 1], texts.Sizes);
    }

    [Theory]
    [InlineData(TextPooling.Mean, TextTuning.Full)]
    [InlineData(TextPooling.LastToken, TextTuning.TopLayers)]
    [InlineData(TextPooling.FirstToken, TextTuning.Projection)]
    public void What_fills_a_batch_changes_no_vector(TextPooling pooling, TextTuning tuning)
    {
        HydraTorch.EnsureLoaded();
        using DisposeScope scope = torch.NewDisposeScope();
        int[]?[] tokens = TinyModels.Tokens(9);
        var settings = new TuningSettings { Tuning = tuning, NumberOfTopLayers = 1, Numbers = new(torch.ScalarType.Float64, torch.ScalarType.Float64) };
        using var encoder = new TunableEncoder(TinyModels.Weights(TinyModels.Bert), tokens, pooling, settings);
        encoder.Prepare(() => { });
        using var alone = new PackedTexts([4, 7, 2, 9], tokens);
        using var filled = new PackedTexts([4, 7, 2, 9], tokens, multiple: 50);

        torch.Tensor expected = encoder.Forward(alone), actual = encoder.Forward(filled);

        Assert.Equal(50, filled.NumberOfTokens);
        Assert.Equal(alone.Items, filled.Items);
        Assert.Equal(expected.shape, actual.shape);
        Assert.True((expected - actual).abs().max().item<double>() < 1e-12);
    }

    [Fact]
    public void Bfloat16_products_give_nearly_the_same_vectors()
    {
        HydraTorch.EnsureLoaded();
        using DisposeScope scope = torch.NewDisposeScope();
        int[]?[] tokens = TinyModels.Tokens(30);
        int[] items = [.. Enumerable.Range(1, 30)];
        torch.Tensor Vectors(LanguageModelShape shape, torch.ScalarType product)
        {
            using var encoder = new TunableEncoder(
                TinyModels.Weights(shape), tokens, TextPooling.Mean, new TuningSettings { Numbers = new(torch.ScalarType.Float32, product) });
            return encoder.Encode(items, () => { });
        }

        foreach (LanguageModelShape shape in new[] { TinyModels.Bert, TinyModels.Llama })
        {
            torch.Tensor exact = Vectors(shape, torch.ScalarType.Float32), rounded = Vectors(shape, torch.ScalarType.BFloat16);
            float[] cosines = (exact * rounded).sum(1).data<float>().ToArray();
            Assert.All(cosines, cosine => Assert.InRange(cosine, .999f, 1.00001f));
            Assert.Contains(cosines, cosine => cosine < .9999999f);
        }
    }
}
