using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Evaluation;
using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Items;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Evaluation;

public sealed class TextNeighborsTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    // Popularity d 4, a 3, b 2, c 1.
    private static readonly string[][] s_train = [["a", "b", "d", "d"], ["a", "b", "d"], ["a", "c", "d"]];

    [Fact]
    public void Words_are_compared_with_those_of_the_last_item()
    {
        // Two trained items each have "red" and "cup"; the other words have one. With both weights log(5/2): a = new = (1, 0), b = (1, 1) / √2, c = (0, 1), d = 0.
        WordItem[] items = [Words("a", "Red mug"), Words("b", "red CUP"), Words("c", "blue cup"), Words("d", "green hat"), Words("new", "red hat")];
        Assert.Equal(["a", "new", "b", "d", "c"], Order(items, "d", "a"));
        Assert.Equal(["b", "a", "c", "new", "d"], Order(items, "a", "b"));      // three equal ones by popularity
        Assert.Equal(["a", "new", "b", "d", "c"], Order(items, "new"));        // in a history too
        Assert.Equal(["d", "a", "b", "c", "new"], Order(items, "a", "d"));      // no word of d is one of others
    }

    [Fact]
    public void Rare_words_weigh_more_than_frequent_ones_and_words_more_than_pairs()
    {
        // "oak" has two items, "fit" three: after c, which has both, a with "oak" comes before b with "fit". After d, with the pair and both words of a, a is first.
        WordItem[] items = [Words("a", "oak"), Words("b", "fit"), Words("c", "oak fit"), Words("d", "fit")];
        Assert.Equal(["c", "a", "d", "b"], Order(items, "c"));
        items = [Words("a", "oak bed"), Words("b", "bed oak"), Words("c", "oak bed"), Words("d", "bed")];
        Assert.Equal(["a", "c", "b", "d"], Order(items, "a"));
    }

    [Fact]
    public void Numbers_are_compared_minus_their_means_and_an_unknown_one_is_its_mean()
    {
        // The mean of the trained items is (10, 0), whatever the new ones have.
        NumberItem[] items =
        [
            Numbers("a", 12, 0), Numbers("b", 8, 0), Numbers("c", 10, 2), Numbers("d", 10, -2), Numbers("e", 11, 1), Numbers("f", float.NaN, 4),
        ];
        Assert.Equal(["a", "e", "d", "c", "f", "b"], Order(items, "a"));        // 1, 0.7, three times 0, −1
        Assert.Equal(["c", "f", "e", "a", "b", "d"], Order(items, "c"));        // 1, 1, 0.7, 0, 0, −1
    }

    [Fact]
    public void Words_and_numbers_add_up_and_an_item_without_any_is_like_no_other()
    {
        // Words: a and b alike, c and d alike. Numbers, centred: a = 1, b = −1, c = 1, d = −1; nothing is known of the new item.
        BothItem[] items =
        [
            new("a", "tea pot", 3), new("b", "tea pot", 1), new("c", "jam jar", 3), new("d", "jam jar", 1), new("new", "", float.NaN),
        ];
        Assert.Equal(["a", "c", "b", "new", "d"], Order(items, "a"));           // 2, 1, 0, 0, −1
        Assert.Equal(["d", "b", "c", "new", "a"], Order(items, "d"));
        Assert.Equal(["d", "a", "b", "c", "new"], Order(items, "new"));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void The_order_is_that_of_the_documented_formula(bool words, bool numbers)
    {
        var random = new Random(8);
        SequenceDataset train = TinyChains.Random(5, numberOfItems: 60, count: 40).WithNumberOfItems(70);
        Popularity popularity = Popularity.Count(train);
        string[] vocabulary = ["oak", "bed", "lamp", "table", "tables", "desk", "red", "blue"];
        string[] texts = [.. Enumerable.Range(0, 71).Select(_ => string.Join(' ', Enumerable.Range(0, random.Next(5)).Select(_ => vocabulary[random.Next(8)])))];
        float[][] vectors = [.. Enumerable.Range(0, 71).Select(_ => Enumerable.Range(0, 6).Select(_ => random.Next(10) == 0 ? float.NaN : random.NextSingle()).ToArray())];
        IDataView view = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(1, 70).Select(row => new AnyItem { ItemId = row, Words = texts[row], Vector = vectors[row] }));
        var ids = new IntegerItemVocabularyBuilder(IntegerType.Of(NumberDataViewType.Int32)!);
        for (int row = 1; row <= 60; row++)
        {
            ids.GetOrAdd(row);
        }

        ItemContent content = new ItemContentReader(
            view, new ItemColumns("ItemId", words ? "Words" : "-", numbers ? "Vector" : "-"), ids.Build()).Read(() => { });
        var neighbors = new TextNeighbors(content, popularity);
        int[] fitted = [.. Enumerable.Range(1, 70).Where(row => popularity.Counts[row] > 0)];
        double[][] similar = PlainCosines(words ? PlainWords(texts, fitted) : null, numbers ? PlainNumbers(vectors, fitted) : null);
        for (int row = 1; row <= 70; row++)
        {
            int[] order = CatalogOrder.Of(neighbors.Score, 70, [1 + (row % 70), row]);
            for (int i = 1; i < order.Length; i++)
            {
                Assert.True(similar[row][order[i - 1]] > similar[row][order[i]] - 1e-5, $"After {row}: {similar[row][order[i - 1]]}, {similar[row][order[i]]}.");
            }
        }
    }

    [Fact]
    public void Many_histories_at_once_have_the_scores_of_each_alone()
    {
        BothItem[] items = [new("a", "tea pot", 3), new("b", "tea pot", 1), new("c", "jam jar", 3), new("d", "jam jar", 1)];
        (TextNeighbors neighbors, _) = Fit(items);
        var together = new float[3 * 5];
        neighbors.Score([1, 2, 3, 4, 4, 1], default, [0, 3, 5, 6], together);
        foreach ((int history, int last) in new[] { 3, 4, 1 }.Index())
        {
            var alone = new float[5];
            neighbors.Score([last], default, [0, 1], alone);
            Assert.Equal(alone[1..], together[((history * 5) + 1)..((history + 1) * 5)]);
        }
    }

    private static WordItem Words(string id, string text) => new() { ItemId = id, Text = text };

    private static NumberItem Numbers(string id, float first, float second) => new() { ItemId = id, Features = [first, second] };

    private (TextNeighbors Neighbors, ItemVocabulary Vocabulary) Fit<TItem>(TItem[] items)
        where TItem : class
    {
        SequenceData train = SequenceReader.Read(_mlContext.Data.LoadFromEnumerable(s_train.Select(row => new History<string> { Items = row })), "Items");
        ItemContent content = new ItemContentReader(
            _mlContext.Data.LoadFromEnumerable(items), new ItemColumns("ItemId", "Text", "Features"), train.Vocabulary).Read(() => { });
        return (new TextNeighbors(content, Popularity.Count(train.Dataset.WithNumberOfItems(content.Vocabulary.Count))), content.Vocabulary);
    }

    private string[] Order<TItem>(TItem[] items, params string[] history)
        where TItem : class
    {
        (TextNeighbors neighbors, ItemVocabulary vocabulary) = Fit(items);
        return [.. CatalogOrder.Of(neighbors.Score, vocabulary.Count, [.. history.Select(id => vocabulary.Find(id))]).Select(vocabulary.NameOf)];
    }

    private static double[][] PlainCosines(params Dictionary<string, double>[]?[] spaces)
    {
        double[][] cosines = [.. Enumerable.Range(0, 71).Select(_ => new double[71])];
        foreach (Dictionary<string, double>[]? space in spaces)
        {
            for (int a = 1; space is not null && a < 71; a++)
            {
                for (int b = 1; b < 71; b++)
                {
                    double product = space[a].Sum(part => part.Value * space[b].GetValueOrDefault(part.Key));
                    double lengths = Math.Sqrt(space[a].Values.Sum(x => x * x) * space[b].Values.Sum(x => x * x));
                    cosines[a][b] += lengths > 0 ? product / lengths : 0;
                }
            }
        }

        return cosines;
    }

    private static Dictionary<string, double>[] PlainWords(string[] texts, int[] fitted)
    {
        string[][] tokens = [.. texts.Select(text =>
        {
            string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return words
                .Concat(words.Zip(words.Skip(1), (first, second) => $"{first} {second}"))
                .Concat(words.Where(word => word.Length > 4).Select(word => $"{word[..4]}…")).Distinct().ToArray();
        })];
        Dictionary<string, int> counts = fitted.SelectMany(row => tokens[row]).CountBy(token => token).ToDictionary();
        return [.. tokens.Select(ofItem => ofItem.Where(token => counts.GetValueOrDefault(token) >= 2).ToDictionary(
            token => token,
            token => Math.Log((fitted.Length + 1.0) / counts[token]) * (token.EndsWith('…') ? 0.3 : token.Contains(' ', StringComparison.Ordinal) ? 0.7 : 1)))];
    }

    private static Dictionary<string, double>[] PlainNumbers(float[][] vectors, int[] fitted)
    {
        double[] means = [.. Enumerable.Range(0, 6).Select(i => fitted.Select(row => vectors[row][i]).Where(number => !float.IsNaN(number)).Average(number => (double)number))];
        return [.. vectors.Select(vector => vector.Index().ToDictionary(
            part => $"{part.Index}", part => float.IsNaN(part.Item) ? 0 : part.Item - means[part.Index]))];
    }

    private sealed class WordItem
    {
        public string ItemId { get; set; } = "";

        public string Text { get; set; } = "";
    }

    private sealed class NumberItem
    {
        public string ItemId { get; set; } = "";

        [VectorType(2)]
        public float[] Features { get; set; } = [];
    }

    private sealed class BothItem(string id, string text, float number)
    {
        public string ItemId { get; set; } = id;

        public string Text { get; set; } = text;

        [VectorType(1)]
        public float[] Features { get; set; } = [number];
    }

    private sealed class AnyItem
    {
        public int ItemId { get; set; }

        public string Words { get; set; } = "";

        [VectorType(6)]
        public float[] Vector { get; set; } = [];
    }
}
