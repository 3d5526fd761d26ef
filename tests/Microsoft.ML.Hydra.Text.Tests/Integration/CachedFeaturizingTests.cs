using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Tests.Integration;
using Microsoft.ML.Hydra.Tests.Persistence;
using Microsoft.ML.Hydra.Text.Tests.Featurizing;
using Xunit;

namespace Microsoft.ML.Hydra.Text.Tests.Integration;

public sealed class CachedFeaturizingTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly MLContext _mlContext = new();

    private string Cache => _directory["vectors.cache"];

    [Fact]
    public void A_later_run_encodes_only_texts_that_changed()
    {
        string[] texts = [.. Enumerable.Range(0, 700).Select(i => $"product {i}")];
        using var first = new CountingGenerator();
        Assert.Equal(texts.Select(text => CountingGenerator.UnitOf(text)), Vectors(first, "model", texts));
        Assert.Equal(700, first.Asked.Count);

        texts[5] = "product 5, new";
        using var second = new CountingGenerator();
        Assert.Equal(texts.Select(text => CountingGenerator.UnitOf(text)), Vectors(second, "model", texts));
        Assert.Equal(["product 5, new"], second.Asked);
    }

    [Fact]
    public void Encoders_share_a_file_and_no_vector()
    {
        using CountingGenerator one = new(), other = new(6);
        float[][] vectors = Vectors(one, "one", ["text"]);

        Assert.Equal(6, Vectors(other, "other", ["text"])[0].Length);
        Assert.Equal(vectors, Vectors(one, "one", ["text"]));
        Assert.Equal(["text"], one.Asked);
        Assert.Equal(["text"], other.Asked);
        Assert.Equal(["vectors.cache"], _directory.FileNames);
    }

    [Fact]
    public void In_memory_a_text_is_encoded_once_for_the_life_of_the_transformer()
    {
        using var generator = new CountingGenerator();
        IDataView data = _mlContext.Data.LoadFromEnumerable([new Row { Text = "a" }, new Row { Text = "b" }]);
        TextVectorTransformer fitted = Featurize(generator, "model", null).Fit(data);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(2, fitted.Transform(data).GetColumn<float[]>("Vector").Count());
        }

        Assert.Equal(["a", "b"], generator.Asked);
    }

    [Fact]
    public void What_a_failing_provider_gave_before_is_kept()
    {
        string[] texts = [.. Enumerable.Range(0, 600).Select(i => $"product {i}")];
        int requests = 0;
        using var failing = new CountingGenerator
        {
            Answer = asked => requests++ < 7 ? asked.Select(text => CountingGenerator.Of(text, 4)) : throw new HttpRequestException("quota exceeded"),
        };
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => Vectors(failing, "model", texts));
        Assert.Contains("quota exceeded", error.Message, StringComparison.Ordinal);

        using var working = new CountingGenerator();
        Assert.Equal(texts.Select(text => CountingGenerator.UnitOf(text)), Vectors(working, "model", texts));
        Assert.Equal(600 - (16 + 32 + 64 + 128), working.Asked.Count);    // the windows that were complete
    }

    [Fact]
    public void A_foreign_file_is_refused_by_Fit()
    {
        File.WriteAllText(Cache, "not a cache");
        using var generator = new CountingGenerator();

        Assert.Contains("is not a file of text vectors", Assert.Throws<InvalidDataException>(() => Vectors(generator, "model", ["a"])).Message, StringComparison.Ordinal);
        Assert.Equal("not a cache", File.ReadAllText(Cache));
    }

    [Fact]
    public void The_announced_schema_is_the_schema()
    {
        using var generator = new CountingGenerator();
        AnnouncedSchema.AssertHolds(Featurize(generator, "model", null), _mlContext.Data.LoadFromEnumerable([new Row { Text = "a" }]));
    }

    public void Dispose() => _directory.Dispose();

    private float[][] Vectors(CountingGenerator generator, string name, string[] texts)
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(texts.Select(text => new Row { Text = text }));
        return [.. Featurize(generator, name, Cache).Fit(data).Transform(data).GetColumn<float[]>("Vector")];
    }

    private TextVectorEstimator Featurize(CountingGenerator generator, string name, string? cache) =>
        _mlContext.SequenceRecommendation().Text.Featurize("Vector", ["Text"], TextEncoder.From(generator, name), cache);

    private sealed class Row
    {
        public string Text { get; set; } = "";
    }
}
