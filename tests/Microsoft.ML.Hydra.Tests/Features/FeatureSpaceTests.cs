using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Numerics;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Features;

public sealed class FeatureSpaceTests
{
    [Fact]
    public void Tokens_of_two_items_or_more_count_by_how_rare_they_are()
    {
        WordSpace words = WordSpace.Fit([Tokens("red soap"), Tokens("red tea"), null, Tokens("soap red"), Tokens("salt")]);

        // red in three of four, soap in two; "red soap" in one only
        Assert.Equal(Tokens("red").Concat(Tokens("soap")).Order(), words.Tokens);
        Assert.Equal(Math.Log(5 / 3.0), WeightOf(words, "red"), 6);
        Assert.Equal(Math.Log(5 / 2.0), WeightOf(words, "soap"), 6);
    }

    [Fact]
    public void Of_too_many_tokens_those_of_the_most_items_count()
    {
        WordSpace words = WordSpace.Fit([Tokens("red"), Tokens("red"), Tokens("red"), Tokens("soap"), Tokens("soap"), Tokens("tea"), Tokens("tea"), Tokens("tea")], most: 2);

        Assert.Equal(Tokens("red").Concat(Tokens("tea")).Order(), words.Tokens);
    }

    [Fact]
    public void Pairs_and_beginnings_weigh_less_than_words()
    {
        WordSpace words = WordSpace.Fit([Tokens("shampoo bottle"), Tokens("shampoo bottle"), Tokens("tea")]);

        double word = Math.Log(4 / 2.0);
        Assert.All(words.Tokens.Zip(words.Weights), token => Assert.Equal(
            WordTokens.KindOf(token.First) switch { TokenKind.Pair => 0.7 * word, TokenKind.Prefix => 0.3 * word, _ => word }, token.Second, 6));
        Assert.Equal(5, words.Tokens.Length);
    }

    [Fact]
    public void Words_of_an_item_have_length_1_and_unknown_ones_do_not_count()
    {
        ItemContent content = ItemSamples.Of(["red soap", "red soap", "tea", null, "red sugar"]);
        var space = new FeatureSpace(WordSpace.Fit([Tokens("red soap"), Tokens("red soap"), Tokens("red tea"), Tokens("blue")]), null);

        SparseRows x = space.Map(content, 0, 6);

        Assert.Equal(3, space.NumberOfFeatures);
        Assert.Equal(1, Length(x, 1), 6);
        Assert.Equal([true, false, false, true, true, false], Enumerable.Range(0, 6).Select(x.IsEmpty));
        Assert.Equal(1, x.At(5, Array.IndexOf(space.Words!.Tokens, Tokens("red")[0])), 6);
        (double red, double soap) = (WeightOf(space.Words, "red"), WeightOf(space.Words, "soap"));
        Assert.Equal(
            red / soap,
            x.At(1, Array.IndexOf(space.Words.Tokens, Tokens("red")[0])) / x.At(1, Array.IndexOf(space.Words.Tokens, Tokens("soap")[0])), 5);
    }

    [Fact]
    public void Numbers_are_centred_and_multiplied_by_the_directions_after_the_words()
    {
        ItemContent content = ItemSamples.Of(["tea", "tea", ""], SparseSamples.Of(2, [], [3, 5], [float.NaN, 1], [0, float.NaN]));
        var space = new FeatureSpace(WordSpace.Fit([Tokens("tea"), Tokens("tea")]), new NumberSpace([1, 2], [1, 10, 100, 2, 20, 200]));

        SparseRows x = space.Map(content, 1, 3);

        Assert.Equal(4, space.NumberOfFeatures);
        Assert.Equal([1, 2 + 6, 20 + 60, 200 + 600], x.Dense(0));
        Assert.Equal([1, -2, -20, -200], x.Dense(1));          // the first is not known
        Assert.Equal([0, -1, -10, -100], x.Dense(2));          // 0 is a number, NaN is the mean
    }

    [Fact]
    public void Very_many_numbers_have_length_1_and_are_not_centred()
    {
        var mean = new float[NumberSpace.WidestWhitened + 1];
        (mean[0], mean[2]) = (2, 5);
        var space = new FeatureSpace(null, new NumberSpace(mean, []));

        SparseRows x = space.Map(ItemSamples.OfNumbers([.. mean.Select((_, i) => i == 1 ? 3 : i == 2048 ? -4 : 0f)], [float.NaN], []), 0, 4);

        Assert.Equal(mean.Length, space.NumberOfFeatures);
        Assert.Equal([1, 2048], x.ColumnsOf(1).ToArray());
        Assert.Equal([0.6f, -0.8f], x.ValuesOf(1).ToArray());
        Assert.Equal(1, x.At(2, 0));                           // not known: the mean
        Assert.True(x.IsEmpty(3));
    }

    [Fact]
    public void The_encoder_gives_the_features_times_the_map()
    {
        ItemContent content = ItemSamples.Of(["red soap", "red tea", "blue soap", "unheard", "", null], SparseSamples.Of(3, [[], .. ItemSamples.RandomNumbers(1, 4, 3), [float.NaN, 1, 2], []]));
        var words = WordSpace.Fit([Tokens("red soap"), Tokens("red tea"), Tokens("blue soap"), Tokens("tea")]);
        var numbers = new NumberSpace([0.5f, -1, 2], KernelCase.Random(1, 6));
        AssertEncodes(new FeatureSpace(words, numbers), content, [true, true, true, true, true, false]);
        AssertEncodes(new FeatureSpace(words, null), content, [true, true, true, false, false, false]);
        AssertEncodes(new FeatureSpace(null, numbers), content, [true, true, true, true, true, false]);
    }

    [Fact]
    public void The_encoder_gives_the_features_times_the_map_for_very_many_numbers()
    {
        const int Wide = NumberSpace.WidestWhitened + 3;
        var random = new Random(1);
        float[][] rows = [.. Enumerable.Range(0, 3).Select(_ => Enumerable.Range(0, Wide).Select(_ => random.Next(50) == 0 ? random.NextSingle() : 0).ToArray()), []];
        rows[1][7] = float.NaN;

        AssertEncodes(new FeatureSpace(null, new NumberSpace([.. rows[0]], [])), ItemSamples.OfNumbers(rows), [true, true, true, false]);
    }

    private static void AssertEncodes(FeatureSpace space, ItemContent content, bool[] known)
    {
        const int Width = 5;
        float[] map = Array.ConvertAll(KernelCase.Random(2, space.NumberOfFeatures * Width), value => (float)(Half)value);
        ItemEncoder encoder = ItemEncoder.Fold(space, map, Width, content);
        int items = content.IsDescribed.Length - 1;
        float[] expected = FeatureTable.Compute(space.Map(content, 0, items + 1), new float[items + 1], new float[(items + 1) * Width], map);

        for (int row = 1; row <= items; row++)
        {
            float[] vector = KernelCase.Random(3, Width);    // old content
            Assert.Equal(known[row - 1], encoder.Encode(content, row, vector));
            KernelCase.Close(expected[(row * Width)..((row + 1) * Width)].ToDouble(), vector, 1e-3, $"item {row}");    // maps are kept in half precision
        }
    }

    private static int[] Tokens(string text) => WordTokens.Of([text.AsMemory()]);

    private static double WeightOf(WordSpace words, string word) => words.Weights[Array.IndexOf(words.Tokens, Tokens(word)[0])];

    private static double Length(SparseRows x, int row) => Math.Sqrt(x.Dense(row).Sum(value => (double)value * value));
}
