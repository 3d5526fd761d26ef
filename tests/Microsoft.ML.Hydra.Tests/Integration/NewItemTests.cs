using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Fitted;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Runtime;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>Items that <c>WithItems</c> adds to a trained model are recommended from their words in every way, and what the model knew stays as it was.</summary>
[Collection(FittedModels.Collection)]
public sealed class NewItemTests(FittedModels models)
{
    // Items of the kind of the new spade come next: 22, 23 and 24.
    private static readonly string[] s_history = [Shelves.Name(38), Shelves.Name(39), Shelves.Name(40), Shelves.Name(21)];

    private MLContext Context => models.Context;

    [Fact]
    public void A_state_recommends_the_new_item_that_its_words_put_next()
    {
        using var larger = models.Worded.WithItems(Wares.Load(Context, Wares.Spade, Wares.Pen));
        using HydraUserState state = larger.CreateState();
        state.Append(s_history);

        string[] found = [.. state.Recommend<string>(10).Select(next => next.Item)];

        Assert.Equal(62, larger.Model.NumberOfItems);
        Assert.Contains(Wares.Spade.Item, found[..4]);
        Assert.DoesNotContain(Wares.Pen.Item, found);
        state.Append(Shelves.Name(41));
        Assert.Contains(Wares.Pen.Item, state.Recommend<string>(4).Select(next => next.Item));
        Assert.Equal((60, false), (models.Worded.Model.NumberOfItems, models.Worded.CreateState().Append(Wares.Spade.Item)));
    }

    [Fact]
    public void An_engine_and_a_view_recommend_and_rank_it()
    {
        using var larger = models.Worded.WithItems(Wares.Load(Context, Wares.Spade));
        LabeledHistory<string>[] rows = [new() { Items = s_history, NextItem = Wares.Spade.Item }, new() { Items = [Shelves.Name(41)], NextItem = Wares.Spade.Item }];
        IDataView scored = larger.Transform(Context.Data.LoadFromEnumerable(rows));
        RankedRecommendation<string>[] found = [.. Context.Data.CreateEnumerable<RankedRecommendation<string>>(scored, reuseRowObject: false)];
        SequenceRecommendationMetrics metrics = Context.SequenceRecommendation().Evaluate(scored);

        Assert.InRange(Array.IndexOf(found[0].PredictedItems, Wares.Spade.Item), 0, 3);
        Assert.Equal(Array.IndexOf(found[0].PredictedItems, Wares.Spade.Item) + 1, found[0].LabelRank);
        Assert.InRange(found[1].LabelRank, 5, 61);
        Assert.Equal([found[0].LabelRank, found[1].LabelRank], metrics.LabelRanks);
        Assert.Equal(2, metrics.ByTrainingEvents[0].NumberOfUsers);
        using var engine = Context.Model.CreatePredictionEngine<LabeledHistory<string>, RankedRecommendation<string>>(larger);
        Assert.Equal(found[0].PredictedItems, engine.Predict(rows[0]).PredictedItems);
        Assert.Equal(found[1].LabelRank, engine.Predict(rows[1]).LabelRank);
    }

    [Fact]
    public void A_state_that_was_stored_before_recommends_it_when_the_larger_model_reads_it()
    {
        using HydraUserState before = models.Worded.CreateState();
        before.Append(s_history);
        byte[] stored = before.ToBytes();
        using var larger = models.Worded.WithItems(Wares.Load(Context, Wares.Spade, Wares.Pen));

        using HydraUserState read = larger.ReadState(stored);

        using HydraUserState anew = larger.CreateState();
        anew.Append(s_history);
        Assert.Equal(anew.Recommend<string>(1000), read.Recommend<string>(1000));
        Assert.Contains(Wares.Spade.Item, read.Recommend<string>(4).Select(next => next.Item));
        Assert.True(read.Append(Wares.Spade.Item));
        Assert.True(anew.Append(Wares.Spade.Item));
        Assert.Equal(anew.ToBytes(), read.ToBytes());
        Assert.Contains("with 62 items, and this one has 60", Assert.Throws<InvalidDataException>(() => models.Worded.ReadState(read.ToBytes())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_like_the_items_with_its_words_and_they_are_like_it()
    {
        using var larger = models.Worded.WithItems(Wares.Load(Context, Wares.Spade, Wares.Pen));

        Assert.Equal([21, 22, 23, 24], Similar(Wares.Spade.Item).Order());
        Assert.Equal([41, 42, 43, 44], Similar(Wares.Pen.Item).Order());
        Assert.Contains(Wares.Spade.Item, larger.GetSimilarItems(Shelves.Name(23), 4).Select(item => item.Item));

        int[] Similar(string item) => [.. larger.GetSimilarItems(item, 4).Select(found => Array.FindIndex(Wares.All(), ware => ware.Item == found.Item) + 1)];
    }

    [Fact]
    public void A_history_may_hold_it_and_goes_on_from_its_words()
    {
        using var larger = models.Worded.WithItems(Wares.Load(Context, Wares.Spade, Wares.Pen));
        using HydraUserState state = larger.CreateState();

        Assert.Equal(1, state.Append([Wares.Spade.Item]));

        Assert.Equal(0, state.NumberOfSkippedItems);
        string[] next = [.. state.Recommend<string>(5).Select(item => item.Item)];
        Assert.DoesNotContain(Wares.Spade.Item, next);
        Assert.InRange(next.Intersect(Enumerable.Range(21, 5).Select(Shelves.Name)).Count(), 3, 5);
        Assert.Equal(Wares.Spade.Item, Assert.Single(larger.Explain<string>([Wares.Spade.Item], Shelves.Name(22), 3)).Item);
    }

    [Fact]
    public void Items_of_which_no_word_is_known_are_left_out_with_a_warning()
    {
        var mlContext = new MLContext();
        var log = new LogLines(mlContext);
        var model = (HydraSequenceRecommendationTransformer)SavedModel.Save(Context, models.Worded).Load(mlContext);

        using var larger = model.WithItems(Wares.Load(mlContext, Wares.Spade, Wares.Riddle, ("silent", ""), Wares.Pen));

        Assert.Equal("New items left out: 2; the model knows none of their words, and they have no numbers.", Assert.Single(log.Of(ChannelMessageKind.Warning)));
        Assert.Equal([Wares.Spade.Item, Wares.Pen.Item], [larger.Fitted.Vocabulary.NameOf(61), larger.Fitted.Vocabulary.NameOf(62)]);
        using var expected = models.Worded.WithItems(Wares.Load(Context, Wares.Spade, Wares.Pen));
        Assert.Equal(Lines(Context, expected), Lines(mlContext, larger));
        using HydraUserState state = larger.CreateState();
        Assert.False(state.Append(Wares.Riddle.Item));
    }

    [Fact]
    public void Integer_items_come_with_words_and_numbers()
    {
        using var larger = models.Numbered.WithItems(Wares.LoadNumbers(
            Context,
            (900, Wares.Spade.Text, Wares.Numbers(23)), (-5, Wares.Pen.Text, Wares.Numbers(43)), (901, Wares.Riddle.Text, [float.NaN, float.NaN]),    // nothing is known of 901
            (902, Wares.Riddle.Text, [0, float.NaN]), (903, Wares.Spade.Text, [float.NaN, float.NaN]), (7, "", [0, 0])));
        using HydraUserState state = larger.CreateState();
        state.Append([38, 39, 40, 21]);

        Assert.Equal(["900", "-5", "902", "903"], Enumerable.Range(61, larger.Model.NumberOfItems - 60).Select(larger.Fitted.Vocabulary.NameOf));
        int[] found = [.. state.Recommend<int>(100).Select(next => next.Item)];
        Assert.InRange(Array.IndexOf(found, 900), 0, 4);
        Assert.InRange(Array.IndexOf(found, 903), 0, 4);
        Assert.True(Array.IndexOf(found, 900) < Array.IndexOf(found, -5));
        Assert.DoesNotContain(901, found);
        Assert.Equal([41, 42, 43, 44], larger.GetSimilarItems(-5, 4).Select(item => item.Item).Order());
    }

    [Fact]
    public void Numbers_far_from_those_of_the_training_make_no_vector_longer_than_those_of_known_items()
    {
        (int Item, string Text, float[] Numbers)[] far = [(900, "", [1e6f, 10]), (901, "", [float.MaxValue, float.MinValue]), (902, "", [10, -3e30f])];
        using var larger = models.Numbered.WithItems(Wares.LoadNumbers(Context, [.. far, (903, Wares.Spade.Text, Wares.Numbers(23))]));

        double[] lengths = Lengths(larger.Fitted);

        double longest = lengths[..61].Max();
        Assert.Equal(lengths[..61], Lengths(models.Numbered.Fitted));
        Assert.All(lengths[61..64], length => Assert.Equal(longest, length, 1e-4 * longest));
        Assert.InRange(lengths[64], 0.01 * longest, 0.95 * longest);
        using HydraUserState state = larger.CreateState();
        state.Append([38, 39, 40, 21]);
        Assert.All(state.Recommend<int>(100), next => Assert.True(float.IsFinite(next.Score)));

        static double[] Lengths(FittedModel model)
        {
            NamedTensor table = model.Weights.Single(weight => weight.Name == EncoderWeights.ItemVectors);
            return [.. table.Values<float>().Chunk(model.Options.EmbeddingDimension).Select(vector => Math.Sqrt(vector.Sum(value => value * (double)value)))];
        }
    }

    [Theory]
    [InlineData(20, SequenceValidation.LeaveLastOut)]
    [InlineData(400, SequenceValidation.None)]
    public void A_fit_that_cannot_say_how_new_items_enter_warns(int customers, SequenceValidation validation)
    {
        var mlContext = new MLContext();
        var log = new LogLines(mlContext);
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.Items, options.Validation, options.NumberOfEpochs) = (Wares.Load(mlContext, Wares.All()), validation, 1);

        using var model = mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(Shelves.Load(mlContext, Shelves.Texts(customers)));

        string warning = Assert.Single(log.Of(ChannelMessageKind.Warning), line => line.StartsWith("New items may rank low", StringComparison.Ordinal));
        Assert.Contains("20 held-out events of items that stand in for new ones are needed, and there are ", warning, StringComparison.Ordinal);
        Assert.Equal(0, model.Fitted.Items!.Calibration.Share);
    }

    [Fact]
    public void Items_without_events_that_a_fit_reads_are_as_if_added_afterwards()
    {
        var mlContext = new MLContext();
        var log = new LogLines(mlContext);
        using var atOnce = Fit(mlContext, [.. Wares.All(), Wares.Spade, Wares.Riddle, Wares.Pen]);
        Assert.DoesNotContain(log.Of(ChannelMessageKind.Warning), line => line.StartsWith("New items may rank low", StringComparison.Ordinal));

        Assert.Contains("Items without events added from Items: 2.", log.Of(ChannelMessageKind.Info));
        Assert.Contains(log.Of(ChannelMessageKind.Warning), line => line.StartsWith("Items without events left out: 1", StringComparison.Ordinal));
        using var afterwards = Fit(mlContext, Wares.All()).WithItems(Wares.Load(mlContext, Wares.Spade, Wares.Pen));
        Assert.Equal(62, atOnce.Model.NumberOfItems);
        Assert.Equal(SavedModel.Save(mlContext, afterwards).DigestOfLearned(), SavedModel.Save(mlContext, atOnce).DigestOfLearned());
        Assert.Equal(Lines(mlContext, afterwards), Lines(mlContext, atOnce));
    }

    [Fact]
    public void Lists_of_allowed_and_denied_items_may_name_it_before_it_comes()
    {
        RecommendationOptions all = models.Worded.Recommendations;
        string[] allowed = [Wares.Spade.Item, Shelves.Name(22)];
        using var onlyTwo = models.Worded.WithRecommendations(all with { AllowedItems = allowed }).WithItems(Wares.Load(Context, Wares.Spade, Wares.Pen));
        using var without = models.Worded.WithRecommendations(all with { DeniedItems = new[] { Wares.Spade.Item } }).WithItems(Wares.Load(Context, Wares.Spade, Wares.Pen));

        Assert.Equal(allowed.Order(), Recommended(onlyTwo).Order());
        Assert.Equal(57, Recommended(without).Length);
        Assert.DoesNotContain(Wares.Spade.Item, Recommended(without));
        using var loaded = (HydraSequenceRecommendationTransformer)SavedModel.Save(Context, onlyTwo).Load(new MLContext());
        Assert.Equal(Recommended(onlyTwo), Recommended(loaded));

        static string[] Recommended(HydraSequenceRecommendationTransformer model)
        {
            using HydraUserState state = model.CreateState();
            state.Append(s_history);
            return [.. state.Recommend<string>(1000).Select(next => next.Item)];
        }
    }

    [Fact]
    public void A_cancelled_context_stops_the_reading()
    {
        var mlContext = new MLContext();
        var model = (HydraSequenceRecommendationTransformer)SavedModel.Save(Context, models.Worded).Load(mlContext);
        int read = 0;
        IEnumerable<Ware<string>> Items()
        {
            for (; read < 1000; read++)
            {
                if (read == 10)
                {
                    typeof(MLContext).GetMethod("CancelExecution", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)!.Invoke(mlContext, null);
                }

                yield return new Ware<string> { ItemId = $"new {read}", Text = "garden spade" };
            }
        }

        OperationCanceledException error = Assert.Throws<OperationCanceledException>(() => model.WithItems(mlContext.Data.LoadFromEnumerable(Items())));

        Assert.Equal("Adding items was cancelled.", error.Message);
        Assert.InRange(read, 10, 12);
    }

    private static HydraSequenceRecommendationTransformer Fit(MLContext mlContext, (string Item, string Text)[] items)
    {
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        (options.Seed, options.Items) = (7, Wares.Load(mlContext, items));
        return mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(Shelves.Load(mlContext, Shelves.Texts(customers: 400)));
    }

    // Lines of all scores: another transformer, as an engine takes the one that it is made from with it.
    private static string[] Lines(MLContext mlContext, HydraSequenceRecommendationTransformer model) =>
    [
        .. ScoredLines.Of(
            mlContext, model.WithRecommendations(model.Recommendations with { NumberOfRecommendations = 100 }),
            Shelves.Texts(customers: 8, seed: 3).Append([.. s_history, Wares.Spade.Item]).Select(items => string.Join(',', items))),
    ];
}
