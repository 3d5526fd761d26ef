using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>Items that are missing, 0 or unknown are left out and said so; no score is ever NaN.</summary>
[Collection(FittedModels.Collection)]
public sealed class SkippedItemTests(FittedModels models)
{
    [Fact]
    public void A_fit_reports_what_it_skipped_in_one_warning()
    {
        var mlContext = new MLContext(seed: 1);
        var log = new LogLines(mlContext);
        string[][] histories = [.. Shelves.Texts(customers: 20), ["", "", ""], []];
        histories[0] = ["", .. histories[0], ""];

        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        options.NumberOfEpochs = 1;
        using var model = mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(Shelves.Load(mlContext, histories));

        string warning = Assert.Single(log.Of(ChannelMessageKind.Warning));
        Assert.Contains("\"Items\"", warning, StringComparison.Ordinal);
        Assert.Contains("5 missing items", warning, StringComparison.Ordinal);
        Assert.Contains("2 sequences without items", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_items_change_nothing_that_is_learned()
    {
        var mlContext = new MLContext();
        int[][] histories = Shelves.Numbers();
        int[][] withGaps = [.. histories.Select(items => (int[])[0, .. items.SelectMany(item => new[] { item, 0 })]), [0]];

        using var model = mlContext.SequenceRecommendation().Trainers.Hydra(Seeded()).Fit(Shelves.Load(mlContext, histories));
        using var same = mlContext.SequenceRecommendation().Trainers.Hydra(Seeded()).Fit(Shelves.Load(mlContext, withGaps));

        Assert.Equal(SavedModel.Save(mlContext, model).DigestOfLearned(), SavedModel.Save(mlContext, same).DigestOfLearned());
    }

    [Fact]
    public void Unknown_items_of_a_history_are_skipped()
    {
        string[] known = [Shelves.Name(3), Shelves.Name(4)];
        string[] mixed = ["never seen", known[0], "", known[1], "never seen either"];

        Recommendation<string>[] found = Recommend(models.Text, known, mixed);

        Assert.Equal(found[0].PredictedItems, found[1].PredictedItems);
        Assert.Equal(found[0].Score, found[1].Score);
    }

    [Fact]
    public void A_transformer_reports_what_it_skipped_in_one_warning()
    {
        var mlContext = new MLContext();
        var log = new LogLines(mlContext);
        ITransformer model = models.SavedText.Load(mlContext);
        IDataView input = Shelves.Load(mlContext, [.. Shelves.Texts(customers: 40), ["never seen", "", Shelves.Name(3)], ["nor this"]]);

        Assert.Equal(42, model.Transform(input).GetColumn<float[]>("Score").Count());
        Assert.Equal(42, model.Transform(input).GetColumn<float[]>("Score").Count());
        Assert.Equal(42, model.Transform(input).GetColumn<string>("UserId").Count());

        string warning = Assert.Single(log.Of(ChannelMessageKind.Warning));
        Assert.Contains("\"Items\": skipped 1 missing items", warning, StringComparison.Ordinal);
        Assert.Contains("2 that the model does not know", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void An_engine_reports_the_first_history_with_skipped_items()
    {
        var mlContext = new MLContext();
        var log = new LogLines(mlContext);
        using var engine = mlContext.Model.CreatePredictionEngine<History<string>, Recommendation<string>>(models.SavedText.Load(mlContext));

        engine.Predict(new History<string> { Items = [Shelves.Name(3)] });
        Assert.Empty(log.Of(ChannelMessageKind.Warning));
        engine.Predict(new History<string> { Items = [Shelves.Name(3), "never seen"] });
        engine.Predict(new History<string> { Items = ["never seen"] });

        Assert.Contains("1 that the model does not know", Assert.Single(log.Of(ChannelMessageKind.Warning)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_history_without_known_items_gets_the_most_popular()
    {
        Dictionary<string, int> counts = Shelves.Texts().SelectMany(items => items).CountBy(item => item).ToDictionary();

        Recommendation<string>[] found = Recommend(models.Text, [], ["never seen"], [""]);

        int[] popularity = [.. found[0].PredictedItems.Select(item => counts[item])];
        Assert.Equal(counts.Values.OrderDescending().Take(10), popularity);
        Assert.All(found, row => Assert.Equal(found[0].ToString(), row.ToString()));
        Assert.All(found[0].Score.Zip(found[0].Score.Skip(1)), pair => Assert.True(pair.First >= pair.Second));
    }

    [Fact]
    public void A_missing_or_unknown_label_has_rank_0()
    {
        LabeledHistory<string>[] rows =
        [
            new() { Items = [Shelves.Name(3)], NextItem = "" },
            new() { Items = [Shelves.Name(3)], NextItem = "never seen" },
            new() { Items = [Shelves.Name(3)], NextItem = Shelves.Name(3) },
            new() { Items = [Shelves.Name(3)], NextItem = Shelves.Name(4) },
            new() { Items = [], NextItem = Shelves.Name(4) },
        ];

        int[] ranks = [.. models.Text.Transform(models.Context.Data.LoadFromEnumerable(rows)).GetColumn<int>("LabelRank")];

        Assert.Equal([0, 0, 0], ranks[..3]);
        Assert.All(ranks[3..], rank => Assert.InRange(rank, 1, Shelves.NumberOfItems));
    }

    [Fact]
    public void Scores_are_numbers_whatever_the_history()
    {
        string[] endless = [.. Enumerable.Repeat(Shelves.Name(3), 700)];

        Recommendation<string>[] found = Recommend(models.Text, endless, [Shelves.Name(60)], []);

        Assert.All(found, row => Assert.All(row.Score, score => Assert.True(float.IsFinite(score))));
    }

    private static HydraSequenceRecommendationTrainer.Options Seeded()
    {
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.Seed, options.NumberOfEpochs) = (5, 2);
        return options;
    }

    private Recommendation<string>[] Recommend(ITransformer model, params string[][] histories) =>
        [.. models.Context.Data.CreateEnumerable<Recommendation<string>>(model.Transform(Shelves.Load(models.Context, histories)), reuseRowObject: false)];
}
