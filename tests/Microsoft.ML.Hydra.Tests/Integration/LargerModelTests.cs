using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Prior;
using Microsoft.ML.Hydra.Scoring;
using Microsoft.ML.Hydra.Tests.Persistence;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>A model with more items keeps what it knew, and is saved, loaded and extended as any other.</summary>
[Collection(FittedModels.Collection)]
public sealed class LargerModelTests(FittedModels models)
{
    // Items of the kind of the new spade come next: 22, 23 and 24.
    private static readonly string[] s_history = [Shelves.Name(38), Shelves.Name(39), Shelves.Name(40), Shelves.Name(21)];

    private MLContext Context => models.Context;

    [Fact]
    public void Known_items_keep_their_vectors_and_scores()
    {
        foreach (HydraSequenceRecommendationTransformer model in new[] { models.Worded, WithPrior(models.Worded.Fitted.Items!.Calibration), WithPrior(NewItemCalibration.None) })
        {
            using var larger = model.WithItems(Wares.Load(Context, Wares.Spade, Wares.Pen));    // so few that no link is dropped for theirs

            Assert.Equal(Vectors(model), Vectors(larger)[..Vectors(model).Length]);
            Assert.All(model.Fitted.Weights.Zip(larger.Fitted.Weights).Where(pair => pair.First.Name != EncoderWeights.ItemVectors), pair => Assert.Same(pair.First, pair.Second));
            foreach (string[] history in Shelves.Texts(customers: 20, seed: 3))
            {
                Assert.Equal(
                    Scores(model, history).OrderBy(score => score.Key),
                    Scores(larger, history).Where(score => score.Key != Wares.Spade.Item && score.Key != Wares.Pen.Item).OrderBy(score => score.Key));
            }
        }

        static Dictionary<string, float> Scores(HydraSequenceRecommendationTransformer model, string[] history)
        {
            using HydraUserState state = model.CreateState();
            state.Append(history);
            return state.Recommend<string>(1000).ToDictionary(next => next.Item, next => next.Score);
        }
    }

    [Fact]
    public void Adding_before_saving_and_after_loading_gives_the_same_bits()
    {
        foreach (HydraSequenceRecommendationTransformer model in new[] { models.Worded, WithPrior(models.Worded.Fitted.Items!.Calibration), WithPrior(NewItemCalibration.None) })
        {
            using var larger = model.WithItems(Wares.Load(Context, Wares.Spade, Wares.Riddle, Wares.Pen));
            var other = new MLContext();
            var loaded = (HydraSequenceRecommendationTransformer)SavedModel.Save(Context, larger).Load(other);
            using var addedLater = ((HydraSequenceRecommendationTransformer)SavedModel.Save(Context, model).Load(other))
                .WithItems(Wares.Load(other, Wares.Spade, Wares.Riddle, Wares.Pen));

            Assert.Equal(SavedModel.Save(Context, larger).DigestOfLearned(), SavedModel.Save(other, addedLater).DigestOfLearned());
            Assert.Equal(Lines(Context, larger), Lines(other, addedLater));
            Assert.Equal(Lines(Context, larger), Lines(other, loaded));
        }
    }

    [Fact]
    public void A_larger_model_takes_more_items_as_if_all_came_at_once()
    {
        using var first = models.Worded.WithItems(Wares.Load(Context, Wares.Spade));
        using var then = first.WithItems(Wares.Load(Context, Wares.Pen));
        using var atOnce = models.Worded.WithItems(Wares.Load(Context, Wares.Spade, Wares.Pen));

        Assert.Equal(Vectors(atOnce), Vectors(then));
        Assert.Equal([Wares.Spade.Item, Wares.Pen.Item], [then.Fitted.Vocabulary.NameOf(61), then.Fitted.Vocabulary.NameOf(62)]);
        Assert.Equal(atOnce.Fitted.ItemCounts, then.Fitted.ItemCounts);
    }

    [Fact]
    public void Items_that_the_model_has_are_skipped_whatever_is_said_of_them()
    {
        using var larger = models.Worded.WithItems(Wares.Load(Context, (Shelves.Name(3), "office pen"), Wares.Spade));

        Assert.Equal(61, larger.Model.NumberOfItems);
        Assert.Equal(Vectors(models.Worded), Vectors(larger)[..Vectors(models.Worded).Length]);
        using var same = models.Worded.WithItems(Wares.Load(Context, (Shelves.Name(3), "office pen")));
        Assert.Equal(Lines(Context, models.Worded), Lines(Context, same));
        using var still = same.WithItems(Wares.Load(Context, Wares.Spade));
        Assert.Equal(Vectors(larger), Vectors(still));
    }

    [Fact]
    public void The_larger_model_is_saved_and_loaded_in_every_way()
    {
        using var folder = new TemporaryDirectory();
        using var larger = models.Worded.WithItems(Wares.Load(Context, Wares.Spade, Wares.Pen));
        string[] expected = Lines(Context, larger);
        Context.Model.Save(larger, null, folder["ml.zip"]);
        larger.Save(null, folder["own.zip"]);

        Assert.Contains(expected, line => line.Contains(Wares.Spade.Item, StringComparison.Ordinal));
        foreach (string file in new[] { "ml.zip", "own.zip" })
        {
            var mlContext = new MLContext();
            using var loaded = (HydraSequenceRecommendationTransformer)mlContext.Model.Load(folder[file], out _);
            using var inPlace = mlContext.SequenceRecommendation().LoadModel(folder[file]);

            Assert.True(loaded.Model.HasItemEncoder);
            Assert.Equal(expected, Lines(mlContext, loaded));
            Assert.Equal(expected, Lines(mlContext, inPlace));
        }
    }

    [Fact]
    public void A_pipeline_keeps_its_other_steps_around_the_larger_model()
    {
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        options.Items = Wares.Load(Context, Wares.All());
        IDataView sequences = Shelves.Load(Context, Shelves.Texts(customers: 400));
        TransformerChain<HydraSequenceRecommendationTransformer> fitted = Context.Transforms.CopyColumns("Customer", "UserId")
            .Append(Context.SequenceRecommendation().Trainers.Hydra(options)).Fit(sequences);
        var larger = new TransformerChain<ITransformer>(fitted.First(), fitted.LastTransformer.WithItems(Wares.Load(Context, Wares.Spade)));

        using var stream = new MemoryStream();
        Context.Model.Save(larger, sequences.Schema, stream);
        ITransformer loaded = new MLContext().Model.Load(new MemoryStream(stream.ToArray()), out _);

        IDataView scored = loaded.Transform(Shelves.Load(Context, [s_history]));
        Assert.Equal(["customer 0"], scored.GetColumn<string>("Customer"));
        Assert.Contains(Wares.Spade.Item, scored.GetColumn<string[]>("PredictedItems").Single()[..4]);
    }

    [Fact]
    public void Each_of_the_two_models_outlives_the_other()
    {
        var model = (HydraSequenceRecommendationTransformer)SavedModel.Save(Context, models.Worded).Load(Context);
        var larger = model.WithItems(Wares.Load(Context, Wares.Spade));
        model.Dispose();
        using HydraUserState state = larger.CreateState();
        state.Append(s_history);
        larger.Dispose();

        Assert.Contains(Wares.Spade.Item, state.Recommend<string>(4).Select(next => next.Item));
        Assert.Throws<ObjectDisposedException>(() => model.WithItems(Wares.Load(Context, Wares.Pen)));
        Assert.Throws<ObjectDisposedException>(() => larger.CreateState());
    }

    [Fact]
    public void An_application_without_native_torch_adds_items_and_recommends_the_same()
    {
        using var folder = new TemporaryDirectory();
        string[] histories = [.. Shelves.Texts(customers: 20).Append([.. s_history, Wares.Spade.Item]).Select(items => string.Join(',', items))];
        File.WriteAllLines(folder["histories.txt"], histories);
        File.WriteAllLines(folder["items.txt"], new[] { Wares.Spade, Wares.Pen }.Select(ware => $"{ware.Item}\t{ware.Text}"));
        Context.Model.Save(models.Worded, null, folder["model.zip"]);

        string[] lines = SecondProcess.Run(SecondProcess.WithoutTorch, folder["model.zip"], folder["histories.txt"], "with-items", folder["items.txt"]);

        using var larger = models.Worded.WithItems(Wares.Load(Context, Wares.Spade, Wares.Pen));
        Assert.Equal([.. ScoredLines.Of(Context, larger, histories), "native torch:"], lines);
        Assert.Contains(lines, line => line.StartsWith("engine:", StringComparison.Ordinal) && line.Contains(Wares.Spade.Item, StringComparison.Ordinal));
    }

    private static float[] Vectors(HydraSequenceRecommendationTransformer model) =>
        model.Fitted.Weights.Single(weight => weight.Name == EncoderWeights.ItemVectors).Values<float>();

    // Lines of all scores: another transformer, as an engine takes the one that it is made from with it.
    private static string[] Lines(MLContext mlContext, HydraSequenceRecommendationTransformer model) =>
    [
        .. ScoredLines.Of(
            mlContext, model.WithRecommendations(model.Recommendations with { NumberOfRecommendations = 100 }),
            Shelves.Texts(customers: 8, seed: 3).Append([.. s_history, Wares.Spade.Item]).Append([Wares.Spade.Item, Shelves.Name(40), Shelves.Name(21)]).Select(items => string.Join(',', items))),
    ];

    // The model, with a prior by which every item leads to the next two, and another calibration
    private HydraSequenceRecommendationTransformer WithPrior(NewItemCalibration calibration)
    {
        var links = new ItemLinksBuilder();
        for (int row = 1; row <= Shelves.NumberOfItems; row++)
        {
            for (int target = row + 1; target <= Math.Min(row + 2, Shelves.NumberOfItems); target++)
            {
                links.Add(target, 0.5 / (target - row));
            }

            links.EndRow();
        }

        HydraSequenceRecommendationTransformer model = models.Worded;
        var prior = new CooccurrencePrior(links.Build(), new CooccurrenceShape(CooccurrenceReach.Near, 0.3, 0.85), 100, 1);
        return new HydraSequenceRecommendationTransformer(
            Context, model.Fitted with { Prior = prior, Items = model.Fitted.Items! with { Calibration = calibration } }, model.Recommendations, CandidateFilter.Create(model.Fitted.Vocabulary, true, null, null));
    }
}
