using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Text.LanguageModels;
using Xunit;

namespace Microsoft.ML.Hydra.Text.Tuning;

public sealed class TextTuningTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hydra-tune-").FullName;
    private readonly MLContext _context = new(seed: 1);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(TextTuning.Full)]
    [InlineData(TextTuning.TopLayers)]
    [InlineData(TextTuning.Projection)]
    [InlineData(TextTuning.Lora)]
    public void A_tuned_encoder_finds_what_belongs_together_and_is_read_again_from_its_folder(TextTuning tuning)
    {
        var shop = new PlantedShop();
        IDataView items = _context.Data.LoadFromEnumerable(shop.Items);
        using TextEncoder frozen = TextEncoder.FromFolder(TinyModels.WriteBertFolder(Path.Combine(_directory, "frozen")));
        TextTuningOptions options = Options(tuning);
        options.OutputColumnName = "Vector";
        TextVectorTransformer tuned = Text.Tune(_context.Data.LoadFromEnumerable(shop.Sequences), items, frozen, options).Fit(items);

        TextTuningPass best = tuned.Passes.Last(pass => pass.IsBest);
        Assert.Equal(Enumerable.Range(0, options.NumberOfPasses + 1), tuned.Passes.Select(pass => pass.Pass));
        Assert.True(best.ValidationNdcgAt10 > tuned.Passes[0].ValidationNdcgAt10 * 1.2, $"{tuned.Passes[0].ValidationNdcgAt10} -> {best.ValidationNdcgAt10}");
        Assert.Equal(tuned.Passes.Max(pass => pass.ValidationNdcgAt10), best.ValidationNdcgAt10);
        Assert.True(Agreement(tuned.Encoder, shop) > Agreement(frozen, shop) + .05, $"{Agreement(frozen, shop)} -> {Agreement(tuned.Encoder, shop)}");

        tuned.SaveFolder(Path.Combine(_directory, "tuned"));
        using TextEncoder again = TextEncoder.FromFolder(Path.Combine(_directory, "tuned"));
        string[] texts = [.. shop.Items.Select(item => item.Text)];
        Assert.Equal(tuned.Encoder.Identity, again.Identity);
        Assert.NotEqual(frozen.Identity, again.Identity);
        Assert.Equal(again.Encode(texts), tuned.Encoder.Encode(texts));
        Assert.Equal(again.Encode(texts), tuned.Transform(items).GetColumn<float[]>("Vector"));
    }

    [Fact]
    public void With_ItemToken_the_vector_of_the_item_is_trained_and_saved()
    {
        var shop = new PlantedShop();
        IDataView items = _context.Data.LoadFromEnumerable(shop.Items);
        using TextEncoder frozen = TextEncoder.FromFolder(TinyModels.WriteBertFolder(Path.Combine(_directory, "frozen")));
        TextTuningOptions options = Options(TextTuning.Full);
        options.Pooling = TextPooling.ItemToken;
        TextVectorTransformer tuned = Text.Tune(_context.Data.LoadFromEnumerable(shop.Sequences), items, frozen, options).Fit(items);

        Assert.True(tuned.Passes.Max(pass => pass.ValidationNdcgAt10) > tuned.Passes[0].ValidationNdcgAt10 * 1.2);
        tuned.SaveFolder(Path.Combine(_directory, "tuned"));
        LanguageModelFolder folder = LanguageModelFolder.Read(Path.Combine(_directory, "tuned"));
        Assert.Equal(TextPooling.ItemToken, folder.Settings.Pooling);
        float[] closing = LanguageModelFolder.Read(Path.Combine(_directory, "frozen")).Weights["embeddings.word_embeddings.weight"][(3 * 16)..(4 * 16)];
        Assert.NotEqual(closing, folder.Weights[LanguageModelWeights.ItemToken]);
        Assert.All(closing.Zip(folder.Weights[LanguageModelWeights.ItemToken]), pair => Assert.Equal(pair.First, pair.Second, .5));
        using TextEncoder again = TextEncoder.FromFolder(Path.Combine(_directory, "tuned"));
        Assert.Equal(tuned.Encoder.Encode(["w1 w20"]), again.Encode(["w1 w20"]));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Domains_are_tuned_together_and_validated_each(bool inSequences, bool inItems)
    {
        PlantedShop north = new(0, "n"), south = new(28, "s", 6);
        IDataView items = Without(inItems, _context.Data.LoadFromEnumerable(north.Items.Concat(south.Items)));
        IDataView sequences = Without(inSequences, _context.Data.LoadFromEnumerable(north.Sequences.Concat(south.Sequences)));
        using TextEncoder frozen = TextEncoder.FromFolder(TinyModels.WriteBertFolder(Path.Combine(_directory, "frozen")));
        TextTuningOptions options = Options(TextTuning.Full);
        options.DomainColumnName = "Shop";
        TextVectorTransformer tuned = Text.Tune(sequences, items, frozen, options).Fit(items);

        double alone(PlantedShop shop)
        {
            TextTuningOptions one = Options(TextTuning.Projection);
            one.NumberOfPasses = 1;
            return Text.Tune(_context.Data.LoadFromEnumerable(shop.Sequences), _context.Data.LoadFromEnumerable(shop.Items), frozen, one)
                .Fit(_context.Data.LoadFromEnumerable(shop.Items)).Passes[0].ValidationNdcgAt10;
        }

        Assert.Equal((alone(north) + alone(south)) / 2, tuned.Passes[0].ValidationNdcgAt10, 1e-9);
        Assert.True(Agreement(tuned.Encoder, north) > Agreement(frozen, north) + .05);
        Assert.True(Agreement(tuned.Encoder, south) > Agreement(frozen, south) + .05);
    }

    [Fact]
    public void A_cancelled_tuning_gives_the_best_encoder_so_far()
    {
        var shop = new PlantedShop();
        IDataView items = _context.Data.LoadFromEnumerable(shop.Items), sequences = _context.Data.LoadFromEnumerable(shop.Sequences);
        using TextEncoder frozen = TextEncoder.FromFolder(TinyModels.WriteBertFolder(Path.Combine(_directory, "frozen")));
        using var stop = new CancellationTokenSource();
        TextTuningOptions options = Options(TextTuning.Full);
        options.CancellationToken = stop.Token;
        options.Progress = new Watch(pass => { if (pass.Pass == 1) { stop.Cancel(); } });
        TextVectorTransformer tuned = Text.Tune(sequences, items, frozen, options).Fit(items);

        Assert.Equal([0, 1], tuned.Passes.Select(pass => pass.Pass));
        Assert.NotEqual(frozen.Identity, tuned.Encoder.Identity);
        Assert.Throws<OperationCanceledException>(() => Text.Tune(sequences, items, frozen, options).Fit(items));
    }

    [Theory]
    [InlineData("Temperature is 2; give 0.01 to 1.")]
    [InlineData("NumberOfPasses is 0; give 1 or more.")]
    [InlineData("LearningRate is -1; give a number above 0, or null for the default.")]
    [InlineData("TextColumnNames is empty; name at least one column with text.")]
    [InlineData("BatchSize is 1; give 2 or more.")]
    public void An_option_outside_its_range_is_one_sentence(string expected)
    {
        var options = new TextTuningOptions();
        switch (expected.Split(' ')[0])
        {
            case nameof(options.Temperature): options.Temperature = 2; break;
            case nameof(options.NumberOfPasses): options.NumberOfPasses = 0; break;
            case nameof(options.LearningRate): options.LearningRate = -1; break;
            case nameof(options.TextColumnNames): options.TextColumnNames = []; break;
            default: options.BatchSize = 1; break;
        }

        using TextEncoder frozen = TextEncoder.FromFolder(TinyModels.WriteBertFolder(Path.Combine(_directory, "frozen")));
        IDataView nothing = _context.Data.LoadFromEnumerable(new PlantedShop().Items);
        Assert.Equal(expected, Assert.Throws<ArgumentException>(() => Text.Tune(nothing, nothing, frozen, options)).Message);
    }

    [Fact]
    public void What_cannot_be_tuned_is_one_sentence()
    {
        var shop = new PlantedShop();
        IDataView items = _context.Data.LoadFromEnumerable(shop.Items), sequences = _context.Data.LoadFromEnumerable(shop.Sequences);
        IDataView others = _context.Data.LoadFromEnumerable(new PlantedShop(prefix: "x").Items);
        using TextEncoder frozen = TextEncoder.FromFolder(TinyModels.WriteBertFolder(Path.Combine(_directory, "frozen")));

        string Failure(Action<TextTuningOptions> set, IDataView describes)
        {
            TextTuningOptions options = Options(TextTuning.Full);
            set(options);
            return Assert.ThrowsAny<Exception>(() => Text.Tune(sequences, describes, frozen, options).Fit(describes)).Message;
        }

        Assert.StartsWith("No two items with texts stand within 3 events of each other in the training histories (150 sequences; 54 of 108 items have a text)", Failure(_ => { }, others), StringComparison.Ordinal);
        Assert.StartsWith("The view of items has no column \"Product\" with the item; it has \"ItemId\", \"Text\", \"Shop\".", Failure(options => options.ItemIdColumnName = "Product", items), StringComparison.Ordinal);
        Assert.StartsWith("There is no column \"Title\" with text;", Failure(options => options.TextColumnNames = ["Title"], items), StringComparison.Ordinal);
        Assert.StartsWith("There is no column \"Country\" with the domain in the sequences and in the view of items;", Failure(options => options.DomainColumnName = "Country", items), StringComparison.Ordinal);
        Assert.Contains("which an earlier row describes too", Failure(_ => { }, _context.Data.LoadFromEnumerable(shop.Items.Append(shop.Items[3]))), StringComparison.Ordinal);
        Assert.Contains("does not train; set Tuning = Full", Failure(options => (options.Pooling, options.Tuning) = (TextPooling.ItemToken, TextTuning.TopLayers), items), StringComparison.Ordinal);
    }

    private ItemTextCatalog Text => _context.SequenceRecommendation().Text;

    private static TextTuningOptions Options(TextTuning tuning) => new()
    {
        Tuning = tuning, NumberOfTopLayers = 1, LoraRank = 4, NumberOfPasses = 15, BatchSize = 18, NumberOfThreads = 1, LearningRate = tuning is TextTuning.Lora or TextTuning.Projection ? 2e-2 : 5e-3,
    };

    private IDataView Without(bool keeps, IDataView view) => keeps ? view : _context.Transforms.DropColumns("Shop").Fit(view).Transform(view);

    // The share of the nine most alike items of an item, itself among them, that are of its group
    private static double Agreement(TextEncoder encoder, PlantedShop shop)
    {
        float[][] vectors = encoder.Encode([.. shop.Items.Select(item => item.Text)]);
        return Enumerable.Range(0, vectors.Length).Average(item => Enumerable.Range(0, vectors.Length)
            .OrderByDescending(other => vectors[item].Zip(vectors[other], (a, b) => a * b).Sum()).Take(9).Average(other => other / 9 == item / 9 ? 1.0 : 0));
    }

    private sealed class Watch(Action<TextTuningPass> seen) : IProgress<TextTuningPass>
    {
        public void Report(TextTuningPass value) => seen(value);
    }
}
