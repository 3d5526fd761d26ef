using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>A fit that starts from an earlier model.</summary>
public sealed class WarmStartTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [Fact]
    public void A_grown_catalogue_keeps_what_the_old_items_are()
    {
        string[][] old = [.. Shelves.Texts().Where(items => string.CompareOrdinal(items[0], Shelves.Name(41)) < 0)];
        using var earlier = Fit(SmallTraining.Options(), old);
        string before = Learned(earlier);

        // So small a rate moves no weight: what the model starts with is what it ends with.
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.NumberOfEpochs, options.LearningRate) = (1, 1e-20);
        using var grown = Fit(options, [.. Shelves.Texts(seed: 2).Reverse()], earlier);

        Assert.Equal(40, earlier.Model.NumberOfItems);
        Assert.Equal(Shelves.NumberOfItems, grown.Model.NumberOfItems);
        for (int item = 1; item <= 40; item++)
        {
            Assert.Equal(ItemVector(earlier, Shelves.Name(item)), ItemVector(grown, Shelves.Name(item)));
        }

        Assert.All(Enumerable.Range(41, 20), item => Assert.Contains(ItemVector(grown, Shelves.Name(item)), value => value != 0));
        Assert.Equal(
            earlier.Fitted.Weights.Where(weight => weight.Name != "item_embedding").Select(weight => weight.Values<float>()),
            grown.Fitted.Weights.Where(weight => weight.Name != "item_embedding").Select(weight => weight.Values<float>()));
        Assert.Equal(before, Learned(earlier));
    }

    [Fact]
    public void Training_on_begins_where_the_earlier_model_ended()
    {
        using var earlier = Fit(SmallTraining.Options(), Shelves.Texts());
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        options.NumberOfEpochs = 1;

        using var afresh = Fit(options, Shelves.Texts());
        using var continued = Fit(options, Shelves.Texts(), earlier);

        Assert.True(continued.Model.Epochs[0].Loss < 0.5 * afresh.Model.Epochs[0].Loss);
        Assert.NotEqual(Learned(earlier), Learned(continued));
    }

    [Fact]
    public void An_item_that_is_gone_from_the_data_stays_in_the_catalogue()
    {
        using var earlier = Fit(SmallTraining.Options(), Shelves.Texts());
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        options.NumberOfEpochs = 1;

        using var continued = Fit(options, [[Shelves.Name(1), Shelves.Name(2), Shelves.Name(3)]], earlier);

        Assert.Equal(Shelves.NumberOfItems, continued.Model.NumberOfItems);
    }

    [Fact]
    public void A_loaded_model_is_continued_like_the_one_that_was_saved()
    {
        using var earlier = Fit(SmallTraining.Options(), Shelves.Texts());
        var loaded = (HydraSequenceRecommendationTransformer)SavedModel.Save(_mlContext, earlier).Load(new MLContext());
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        options.NumberOfEpochs = 1;

        using var continued = Fit(options, Shelves.Texts(seed: 2), earlier);
        using var same = Fit(options, Shelves.Texts(seed: 2), loaded);

        Assert.Equal(Learned(continued), Learned(same));
    }

    [Theory]
    [InlineData(32, 1, 8, "EmbeddingDimension 16 and not 32")]
    [InlineData(16, 2, 8, "NumberOfLayers 1 and not 2")]
    [InlineData(16, 1, 4, "StateDimension 8 and not 4")]
    [InlineData(32, 2, 8, "EmbeddingDimension 16 and not 32, NumberOfLayers 1 and not 2")]
    public void A_model_of_other_sizes_is_refused_by_the_names_of_the_options(int dimension, int layers, int state, string because)
    {
        HydraSequenceRecommendationTrainer.Options small = SmallTraining.Options();
        small.NumberOfEpochs = 1;
        HydraSequenceRecommendationTrainer.Options other = SmallTraining.Options();
        (other.NumberOfEpochs, other.EmbeddingDimension, other.NumberOfLayers, other.StateDimension) = (1, dimension, layers, state);
        using var smallModel = Fit(small, Shelves.Texts(customers: 20));
        using var otherModel = Fit(other, Shelves.Texts(customers: 20));

        foreach ((HydraSequenceRecommendationTrainer.Options options, HydraSequenceRecommendationTransformer initial) in new[] { (other, smallModel), (small, otherModel) })
        {
            ArgumentException error = Assert.Throws<ArgumentException>(() => Fit(options, Shelves.Texts(customers: 20), initial));
            Assert.StartsWith("The earlier model cannot be continued with these options: it has ", error.Message, StringComparison.Ordinal);
            Assert.Equal(initial == smallModel, error.Message.Contains(because + ";", StringComparison.Ordinal));
            Assert.DoesNotContain('\n', error.Message);
        }
    }

    [Fact]
    public void A_width_that_is_left_open_is_that_of_the_earlier_model()
    {
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.NumberOfEpochs, options.EmbeddingDimension, options.NumberOfLatentHeads, options.InnerHeadDimension) = (1, 24, 3, 4);
        using var earlier = Fit(options, Shelves.Texts(customers: 20));
        options.EmbeddingDimension = 0;
        using var later = Fit(options, Shelves.Texts(customers: 20, seed: 2), earlier);
        Assert.Equal(24, later.Model.Options.EmbeddingDimension);

        // … and must suit the other sizes, which is known only then.
        options.NumberOfLatentHeads = 5;
        Assert.StartsWith(
            "EmbeddingDimension is 24, which NumberOfLatentHeads 5 does not divide",
            Assert.Throws<ArgumentException>(() => Fit(options, Shelves.Texts(customers: 20), earlier)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_of_other_item_types_is_refused()
    {
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        options.NumberOfEpochs = 1;
        using var text = Fit(options, Shelves.Texts(customers: 20));
        IDataView numbers = Shelves.Load(_mlContext, Shelves.Numbers(customers: 20));

        Exception error = Assert.ThrowsAny<Exception>(() => _mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(numbers, text));

        Assert.True(error is ArgumentException or InvalidOperationException, error.ToString());
        Assert.Contains("earlier model", error.Message, StringComparison.Ordinal);
    }

    private HydraSequenceRecommendationTransformer Fit(
        HydraSequenceRecommendationTrainer.Options options, string[][] histories, HydraSequenceRecommendationTransformer? initial = null) =>
        _mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(Shelves.Load(_mlContext, histories), initial);

    private string Learned(ITransformer model) => SavedModel.Save(_mlContext, model).DigestOfLearned();

    private static float[] ItemVector(HydraSequenceRecommendationTransformer model, string item)
    {
        var table = model.Fitted.Weights.Single(weight => weight.Name == "item_embedding");
        int width = (int)table.Shape[1];
        int row = model.Fitted.Vocabulary.Find(item);
        Assert.NotEqual(0, row);
        return table.Values<float>()[(row * width)..((row + 1) * width)];
    }
}
