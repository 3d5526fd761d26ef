using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>What is recommended can be changed after the fit, on transformers that share one model.</summary>
[Collection(FittedModels.Collection)]
public sealed class RecommendationOptionTests(FittedModels models)
{
    private static readonly string[] s_history = [Shelves.Name(3), Shelves.Name(4), Shelves.Name(5)];

    [Fact]
    public void More_or_fewer_items_are_the_same_ranking_cut_elsewhere()
    {
        using var few = With(options => options with { NumberOfRecommendations = 3 });
        using var all = With(options => options with { NumberOfRecommendations = 1000 });

        Recommendation<string> ten = Recommend(models.Text);
        Assert.Equal(10, ten.PredictedItems.Length);
        Assert.Equal(ten.PredictedItems[..3], Recommend(few).PredictedItems);
        Assert.Equal(ten.Score[..3], Recommend(few).Score);
        Recommendation<string> everything = Recommend(all);
        Assert.Equal(ten.PredictedItems, everything.PredictedItems[..10]);
        Assert.Equal(Shelves.NumberOfItems - 3, everything.PredictedItems.Distinct().Count());
        Assert.Equal(everything.Score.OrderDescending(), everything.Score);
    }

    [Fact]
    public void Seen_items_are_left_out_unless_they_are_wanted()
    {
        using var seen = With(options => options with { ExcludeSeenItems = false, NumberOfRecommendations = 60 });

        Assert.Empty(Recommend(models.Text).PredictedItems.Intersect(s_history));
        Assert.Equal(
            Enumerable.Range(1, Shelves.NumberOfItems).Select(Shelves.Name),
            Recommend(seen).PredictedItems.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Allowed_and_denied_items_bound_the_recommendation()
    {
        string[] allowed = [Shelves.Name(6), Shelves.Name(7), Shelves.Name(50), s_history[0]];
        using var onlyAllowed = With(options => options with { AllowedItems = allowed });
        using var notDenied = With(options => options with { DeniedItems = new List<string> { Shelves.Name(6) } });
        using var both = With(options => options with { AllowedItems = allowed, DeniedItems = new[] { Shelves.Name(6) } });

        Assert.Equal([Shelves.Name(6), Shelves.Name(7), Shelves.Name(50)], Recommend(onlyAllowed).PredictedItems.Order(StringComparer.Ordinal));
        Assert.Equal([Shelves.Name(7), Shelves.Name(50)], Recommend(both).PredictedItems.Order(StringComparer.Ordinal));
        Assert.Equal(Shelves.Name(6), Recommend(models.Text).PredictedItems[0]);
        Assert.DoesNotContain(Shelves.Name(6), Recommend(notDenied).PredictedItems);
        Assert.Equal(Recommend(models.Text).PredictedItems[1..], Recommend(notDenied).PredictedItems[..9]);
        Assert.Equal(0, RankOf(notDenied, Shelves.Name(6)));
        Assert.Equal(1, RankOf(models.Text, Shelves.Name(6)));
    }

    [Fact]
    public void Where_nothing_may_be_recommended_an_output_class_keeps_what_it_was_made_with()
    {
        string[] all = [.. Enumerable.Range(1, Shelves.NumberOfItems).Select(Shelves.Name)];
        using var none = With(options => options with { DeniedItems = all });
        var history = new History<string> { Items = s_history };
        var keep = new PredictionEngineOptions { OwnsTransformer = false };
        using var withEmpty = models.Context.Model.CreatePredictionEngine<History<string>, Recommendation<string>>(none, keep);
        using var withNull = models.Context.Model.CreatePredictionEngine<History<string>, BareRecommendation>(none, keep);

        Assert.Equal((0, 0), (withEmpty.Predict(history).PredictedItems.Length, withEmpty.Predict(history).Score.Length));
        Assert.Null(withNull.Predict(history).PredictedItems);
        Assert.Null(withNull.Predict(history).Score);
        Assert.Empty(none.Transform(models.Context.Data.LoadFromEnumerable([history])).GetColumn<string[]>("PredictedItems").Single());
    }

    [Fact]
    public void Misses_are_counted_by_their_reason()
    {
        using var denying = With(options => options with { DeniedItems = new[] { Shelves.Name(9) } });
        LabeledHistory<string>[] rows = [.. new[] { Shelves.Name(6), s_history[0], "never sold", "", Shelves.Name(9) }
            .Select(next => new LabeledHistory<string> { Items = s_history, NextItem = next })];
        IDataView scored = denying.Transform(models.Context.Data.LoadFromEnumerable(rows));

        SequenceRecommendationMetrics metrics = models.Context.SequenceRecommendation().Evaluate(scored);

        Assert.Equal((4, 2, 2), (metrics.NumberOfUnknownLabels, metrics.NumberOfLabelsNotInModel, metrics.NumberOfLabelsLeftOut));
        IDataView withoutLabel = models.Context.Transforms.DropColumns("NextItem").Fit(scored).Transform(scored);
        Assert.Null(models.Context.SequenceRecommendation().Evaluate(withoutLabel).NumberOfLabelsNotInModel);
    }

    [Fact]
    public void Unknown_items_of_the_lists_are_ignored_with_a_warning()
    {
        var mlContext = new MLContext();
        var log = new LogLines(mlContext);
        var loaded = (HydraSequenceRecommendationTransformer)models.SavedText.Load(mlContext);

        using var limited = loaded.WithRecommendations(loaded.Recommendations with
        {
            AllowedItems = new[] { Shelves.Name(6), "never seen" },
            DeniedItems = new[] { "nor this", "" },
        });

        Assert.Equal([Shelves.Name(6)], Recommend(limited).PredictedItems);
        string warning = Assert.Single(log.Of(ChannelMessageKind.Warning));
        Assert.Contains("1 of AllowedItems and 2 of DeniedItems", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_items_score_comes_by_name_on_request()
    {
        using var withScores = With(options => options with { IncludeCatalogScores = true });

        IDataView output = withScores.Transform(Input());

        Assert.Null(models.Text.Transform(Input()).Schema.GetColumnOrNull("CatalogScores"));
        VBuffer<ReadOnlyMemory<char>> names = default;
        output.Schema["CatalogScores"].GetSlotNames(ref names);
        float[] scores = output.GetColumn<float[]>("CatalogScores").Single();
        Dictionary<string, float> byName = names.DenseValues().Select(name => name.ToString()).Zip(scores).ToDictionary();
        Assert.Equal(Shelves.NumberOfItems, byName.Count);
        Recommendation<string> expected = Recommend(models.Text);
        Assert.Equal(expected.Score, expected.PredictedItems.Select(item => byName[item]));
    }

    [Fact]
    public void Transformers_of_one_model_are_changed_and_disposed_each_on_its_own()
    {
        using var first = With(options => options with { NumberOfRecommendations = 2 });
        var second = first.WithRecommendations(first.Recommendations with { NumberOfRecommendations = 5 });
        Assert.Equal(5, Recommend(second).PredictedItems.Length);

        second.Dispose();

        Assert.Equal(2, Recommend(first).PredictedItems.Length);
        Assert.Equal(10, Recommend(models.Text).PredictedItems.Length);
        Assert.Equal(10, models.Text.Recommendations.NumberOfRecommendations);
        Assert.Throws<ObjectDisposedException>(() => second.Transform(Input()));
    }

    [Fact]
    public void Settings_are_saved_with_the_model()
    {
        using var limited = With(options => options with
        {
            NumberOfRecommendations = 4,
            ExcludeSeenItems = false,
            AllowedItems = Enumerable.Range(1, 12).Select(Shelves.Name).ToArray(),
            DeniedItems = new[] { Shelves.Name(6), Shelves.Name(8) },
            IncludeCatalogScores = true,
        });

        var loaded = (HydraSequenceRecommendationTransformer)SavedModel.Save(models.Context, limited).Load(new MLContext());
        using var more = loaded.WithRecommendations(loaded.Recommendations with { NumberOfRecommendations = 100 });

        Assert.Equal(Recommend(limited).ToString(), Recommend(loaded).ToString());
        Assert.Equal((4, false, true), (loaded.Recommendations.NumberOfRecommendations, loaded.Recommendations.ExcludeSeenItems, loaded.Recommendations.IncludeCatalogScores));
        Assert.Equal(
            Enumerable.Range(1, 12).Except([6, 8]).Select(Shelves.Name),
            Recommend(more).PredictedItems.Order(StringComparer.Ordinal));
        Assert.NotNull(loaded.Transform(Input()).Schema.GetColumnOrNull("CatalogScores"));
        Assert.Equal(SavedModel.Save(models.Context, limited).DigestOfLearned(), SavedModel.Save(models.Context, loaded).DigestOfLearned());
    }

    [Fact]
    public void Options_of_the_trainer_apply_from_the_start()
    {
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.NumberOfEpochs, options.NumberOfRecommendations, options.ExcludeSeenItems) = (1, 100, false);
        options.DeniedItems = new[] { Shelves.Name(6) };

        using var model = models.Context.SequenceRecommendation().Trainers.Hydra(options).Fit(Shelves.Load(models.Context, Shelves.Texts()));

        string[] found = Recommend(model).PredictedItems;
        Assert.Equal(Shelves.NumberOfItems - 1, found.Length);
        Assert.DoesNotContain(Shelves.Name(6), found);
        Assert.Contains(s_history[0], found);
    }

    [Fact]
    public void Settings_that_make_no_sense_are_refused_in_one_sentence()
    {
        AssertRefused("NumberOfRecommendations is 0", options => options with { NumberOfRecommendations = 0 });
        AssertRefused("AllowedItems", options => options with { AllowedItems = new[] { 1, 2 } });
        AssertRefused("DeniedItems", options => options with { DeniedItems = "item 03" });
    }

    [Fact]
    public void A_list_of_the_wrong_type_is_refused_before_anything_is_trained()
    {
        var epochs = new EpochList();
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.AllowedItems, options.Progress) = (new[] { 1, 2 }, epochs);
        HydraSequenceRecommendationTrainer trainer = models.Context.SequenceRecommendation().Trainers.Hydra(options);

        ArgumentException error = Assert.ThrowsAny<ArgumentException>(() => trainer.Fit(Shelves.Load(models.Context, Shelves.Texts())));

        Assert.StartsWith("AllowedItems", error.Message, StringComparison.Ordinal);
        Assert.Empty(epochs.Epochs);
    }

    private void AssertRefused(string expected, Func<RecommendationOptions, RecommendationOptions> change)
    {
        ArgumentException error = Assert.ThrowsAny<ArgumentException>(() => With(change));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    private HydraSequenceRecommendationTransformer With(Func<RecommendationOptions, RecommendationOptions> change) =>
        models.Text.WithRecommendations(change(models.Text.Recommendations));

    private IDataView Input() => Shelves.Load(models.Context, [s_history]);

    private Recommendation<string> Recommend(ITransformer model) =>
        models.Context.Data.CreateEnumerable<Recommendation<string>>(model.Transform(Input()), reuseRowObject: false).Single();

    private int RankOf(ITransformer model, string label)
    {
        IDataView input = models.Context.Data.LoadFromEnumerable([new LabeledHistory<string> { Items = s_history, NextItem = label }]);
        return model.Transform(input).GetColumn<int>("LabelRank").Single();
    }

    private sealed class BareRecommendation
    {
        public string[]? PredictedItems { get; set; }

        public float[]? Score { get; set; }
    }
}
