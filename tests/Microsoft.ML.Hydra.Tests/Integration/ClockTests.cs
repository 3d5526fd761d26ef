using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Tests.Persistence;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>A model that reads a clock: what it learns, and that every way of scoring reads the same times.</summary>
public sealed class ClockTests(ClockTests.Trained trained) : IClassFixture<ClockTests.Trained>
{
    private readonly MLContext _mlContext = trained.Context;
    private readonly HydraSequenceRecommendationTransformer _model = trained.Model;

    [Fact]
    public void It_learns_what_only_the_gaps_tell()
    {
        Visit[] visits = Visits.Make(300, seed: 2);
        double HitRate(HydraSequenceRecommendationTransformer model) =>
            _mlContext.SequenceRecommendation().Evaluate(model.Transform(View(visits))).HitRateAt(1);
        using var blind = Fit(Visits.Options(clock: false), Trained.TrainSet);

        Assert.InRange(HitRate(blind), 0.3, 0.7);
        Assert.True(HitRate(_model) > 0.9, $"{HitRate(_model)}");
    }

    [Fact]
    public void View_prediction_engine_and_state_agree()
    {
        Visit[] visits = Visits.Make(20, seed: 3);
        Recommendation<string>[] batch = Recommend(_model, visits);
        using var engine = _mlContext.Model.CreatePredictionEngine<Visit, Recommendation<string>>(_model.WithRecommendations(_model.Recommendations));
        for (int i = 0; i < visits.Length; i++)
        {
            Recommendation<string> single = engine.Predict(visits[i]);
            Assert.Equal(batch[i].PredictedItems, single.PredictedItems);
            Assert.Equal(batch[i].Score, single.Score);

            using var state = _model.CreateState();
            foreach ((string item, double time) in visits[i].Items.Zip(visits[i].Timestamps))
            {
                Assert.True(state.Append(item, time));
            }

            using var atOnce = _model.CreateState();
            Assert.Equal(visits[i].Items.Length, atOnce.Append(visits[i].Items, visits[i].Timestamps));
            AssertClose(batch[i], state.Recommend<string>(10));
            AssertClose(batch[i], atOnce.Recommend<string>(10));
        }
    }

    [Fact]
    public void Times_as_integers_or_dates_are_the_same_seconds()
    {
        Visit visit = Visits.Make(1, seed: 4)[0];
        Recommendation<string> expected = Recommend(_model, [visit])[0];
        Recommendation<string> Of<T>(Func<double, T> convert) => _mlContext.Data.CreateEnumerable<Recommendation<string>>(
            _model.Transform(_mlContext.Data.LoadFromEnumerable([new { visit.Items, Timestamps = visit.Timestamps.Select(convert).ToArray() }])),
            reuseRowObject: false).Single();

        Assert.Equal(expected.Score, Of(time => (long)time).Score);
        Assert.Equal(expected.Score, Of(time => DateTime.UnixEpoch.AddSeconds(time)).Score);
        using var state = _model.CreateState();
        foreach ((string item, double time) in visit.Items.Zip(visit.Timestamps))
        {
            state.Append(item, DateTime.UnixEpoch.AddSeconds(time));
        }

        AssertClose(expected, state.Recommend<string>(10));
    }

    [Fact]
    public void An_event_without_a_time_leaves_the_last_one_in_place()
    {
        string[] items = [Shelves.Name(3), Shelves.Name(4), Shelves.Name(5), Shelves.Name(6)];
        Recommendation<string> expected = Recommend(_model, [new Visit { Items = items, Timestamps = [100, 300, double.NaN, 500_000] }])[0];
        using var state = _model.CreateState();
        state.Append(items[0], 100);
        state.Append(items[1], 300);
        state.Append(items[2]);
        state.Append("never seen", 400_000);
        state.Append(items[3], 500_000);

        AssertClose(expected, state.Recommend<string>(10));
        Assert.NotEqual(
            expected.Score, Recommend(_model, [new Visit { Items = items, Timestamps = [100, 300, 499_900, 500_000] }])[0].Score);
    }

    [Fact]
    public void A_clone_and_a_stored_state_know_the_last_time()
    {
        Visit visit = Visits.Make(1, seed: 5)[0];
        using var state = _model.CreateState();
        state.Append(visit.Items[..^1], visit.Timestamps[..^1]);
        using var clone = state.Clone();
        using var read = trained.Loaded.ReadState(state.ToBytes());

        foreach (HydraUserState each in new[] { state, clone, read })
        {
            each.Append(visit.Items[^1], visit.Timestamps[^1]);
            AssertClose(Recommend(_model, [visit])[0], each.Recommend<string>(10));
        }
    }

    [Fact]
    public void A_loaded_model_recommends_the_same_bits()
    {
        Visit[] visits = Visits.Make(10, seed: 6);
        Assert.Equal(nameof(Visit.Timestamps), trained.Loaded.Model.Options.TimestampsColumnName);
        Assert.Equal(Recommend(_model, visits).Select(r => r.Score), Recommend(trained.Loaded, visits).Select(r => r.Score));
    }

    [Fact]
    public void Items_that_are_skipped_take_their_times_along()
    {
        Visit visit = Visits.Make(1, seed: 7)[0];
        var holed = new Visit { Items = ["never seen", .. visit.Items[..3], "", .. visit.Items[3..]], Timestamps = [5, .. visit.Timestamps[..3], 1e12, .. visit.Timestamps[3..]] };

        Assert.Equal(Recommend(_model, [visit])[0].Score, Recommend(_model, [holed])[0].Score);
    }

    [Fact]
    public void Threads_and_an_interruption_change_no_bit()
    {
        using var folder = new TemporaryDirectory();
        HydraSequenceRecommendationTrainer.Options Checkpointed(int threads, bool resume)
        {
            HydraSequenceRecommendationTrainer.Options options = Visits.Options();
            (options.NumberOfThreads, options.CheckpointDirectory, options.ResumeFromCheckpoint) = (threads, folder.FullName, resume);
            return options;
        }

        using var source = new CancellationTokenSource();
        HydraSequenceRecommendationTrainer.Options interrupted = Checkpointed(1, resume: false);
        (interrupted.Progress, interrupted.CancellationToken) = (new EpochList(2, source.Cancel), source.Token);
        Assert.Throws<OperationCanceledException>(() => Fit(interrupted, Trained.TrainSet));
        Visit[] otherTimes = [.. Trained.TrainSet.Select(v => new Visit { Items = v.Items, Timestamps = [.. v.Timestamps.Select(t => t * 2)] })];

        Assert.Contains("other data", Assert.Throws<InvalidOperationException>(() => Fit(Checkpointed(2, resume: true), [Trained.TrainSet[0], .. otherTimes[1..]])).Message, StringComparison.Ordinal);
        using var resumed = Fit(Checkpointed(2, resume: true), Trained.TrainSet);

        Assert.Equal(
            SavedModel.Save(_mlContext, _model).DigestOfLearned(), SavedModel.Save(_mlContext, resumed).DigestOfLearned());
    }

    [Fact]
    public void Training_goes_on_with_the_clock_of_the_earlier_model()
    {
        using var again = _mlContext.SequenceRecommendation().Trainers.Hydra(Visits.Options()).Fit(View(Visits.Make(50, seed: 8)), _model);
        Assert.Equal(_model.Fitted.Clock, again.Fitted.Clock);

        using var blind = Fit(Visits.Options(clock: false), Trained.TrainSet);
        Assert.Contains("it has TimestampsColumnName unset and not set", Assert.Throws<ArgumentException>(
            () => _mlContext.SequenceRecommendation().Trainers.Hydra(Visits.Options()).Fit(View(Trained.TrainSet), blind)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_option_times_are_not_read()
    {
        using var blind = Fit(Visits.Options(clock: false), Trained.TrainSet);
        Assert.Null(blind.Fitted.Clock);
        Assert.DoesNotContain(blind.Fitted.Weights, weight => weight.Name.EndsWith("dt_time", StringComparison.Ordinal));
        using var without = blind.CreateState();
        using var with = blind.CreateState();
        without.Append("item 03");
        with.Append("item 03", 17);
        Assert.Equal(without.Recommend<string>(10), with.Recommend<string>(10));
    }

    [Fact]
    public void Explanations_and_events_without_times_read_none()
    {
        string[] items = [Shelves.Name(3), Shelves.Name(4)];
        using var state = _model.CreateState();
        state.Append(items);

        AssertClose(Recommend(_model, [new Visit { Items = items, Timestamps = [double.NaN, double.NaN] }])[0], state.Recommend<string>(10));
        Assert.Equal(2, _model.Explain<string>(items, Shelves.Name(5), 5).Length);
    }

    [Fact]
    public void A_column_of_times_that_is_missing_or_no_times_is_one_sentence()
    {
        HydraSequenceRecommendationTrainer trainer = _mlContext.SequenceRecommendation().Trainers.Hydra(Visits.Options());
        IDataView without = _mlContext.Data.LoadFromEnumerable([new { Items = new[] { "a", "b" } }]);
        IDataView texts = _mlContext.Data.LoadFromEnumerable([new { Items = new[] { "a", "b" }, Timestamps = new[] { "1", "2" } }]);
        IDataView scalar = _mlContext.Data.LoadFromEnumerable([new { Items = new[] { "a", "b" }, Timestamps = 3.0 }]);
        foreach ((IDataView view, string fragment) in new[] { (without, "There is no column \"Timestamps\""), (texts, "Vector<String>"), (scalar, "is of type Double") })
        {
            Assert.Contains(fragment, Assert.Throws<ArgumentException>(() => trainer.Fit(view)).Message, StringComparison.Ordinal);
            Assert.Contains(fragment, Assert.Throws<ArgumentException>(() => _model.Transform(view)).Message, StringComparison.Ordinal);
            Assert.Throws<ArgumentException>(() => trainer.GetOutputSchema(AnnouncedSchema.ShapeOf(view.Schema)));
        }

        AnnouncedSchema.AssertHolds(trainer, View(Trained.TrainSet[..50]));
    }

    [Fact]
    public void A_row_with_more_items_than_times_is_one_sentence()
    {
        IDataView view = View([Trained.TrainSet[0], new Visit { Items = ["item 01", "item 02"], Timestamps = [1] }]);
        const string Expected = "Row 1 has 2 items in column \"Items\" but 1 times in column \"Timestamps\"";
        Assert.Contains(Expected, Assert.Throws<InvalidOperationException>(
            () => _mlContext.SequenceRecommendation().Trainers.Hydra(Visits.Options()).Fit(view)).Message, StringComparison.Ordinal);
        Assert.Contains(Expected, Assert.ThrowsAny<InvalidOperationException>(() => _model.Transform(view).GetColumn<float[]>("Score").ToArray()).Message, StringComparison.Ordinal);
        using var state = _model.CreateState();
        Assert.Contains("2 items but 1 times", Assert.Throws<ArgumentException>(() => state.Append<string>(["item 01", "item 02"], [1])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _mlContext.SequenceRecommendation().Trainers.Hydra(new HydraSequenceRecommendationTrainer.Options { TimestampsColumnName = "" }));
    }

    [Fact]
    public void Times_at_the_ends_of_the_numbers_train_a_model_that_is_saved()
    {
        Visit[] visits = [.. Trained.TrainSet[..20].Select(v => new Visit { Items = v.Items, Timestamps = [double.NaN, -1e308, 1e308, .. v.Timestamps[3..]] })];
        HydraSequenceRecommendationTrainer.Options options = Visits.Options();
        options.NumberOfEpochs = 2;

        using var model = Fit(options, visits);

        using var loaded = (HydraSequenceRecommendationTransformer)SavedModel.Save(_mlContext, model).Load(new MLContext());
        Assert.Equal(Recommend(model, visits).Select(r => r.Score), Recommend(loaded, visits).Select(r => r.Score));
        Assert.All(Recommend(loaded, visits).SelectMany(r => r.Score), score => Assert.True(float.IsFinite(score)));
    }

    [Theory]
    [InlineData(double.PositiveInfinity, "infinity")]
    [InlineData(double.NegativeInfinity, "minus infinity")]
    public void An_infinite_time_is_refused_with_its_row_and_column_before_training(double time, string name)
    {
        Visit[] visits = [.. Trained.TrainSet[..20].Select(v => new Visit { Items = v.Items, Timestamps = [.. v.Timestamps] })];
        (visits[7].Timestamps[0], visits[7].Timestamps[1]) = (double.NaN, time);
        IDataView view = View(visits);
        HydraSequenceRecommendationTrainer.Options options = Visits.Options();
        var progress = new EpochList();
        options.Progress = progress;
        string expected = $"Event 1 of row 7 in column \"Timestamps\" has the time {name}; give a finite number, or NaN where the time is not known.";

        Assert.Equal(expected, Assert.Throws<InvalidOperationException>(() => _mlContext.SequenceRecommendation().Trainers.Hydra(options).Fit(view)).Message);
        Assert.Empty(progress.Epochs);
        Assert.Contains(expected, Assert.ThrowsAny<InvalidOperationException>(() => _model.Transform(view).GetColumn<float[]>("Score").ToArray()).Message, StringComparison.Ordinal);

        using var state = _model.CreateState();
        Assert.Contains($"Event 1 of the appended ones has the time {name}", Assert.Throws<ArgumentException>(() => state.Append<string>(["item 01", "item 02"], [3, time])).Message, StringComparison.Ordinal);
        Assert.Contains($"has the time {name}", Assert.Throws<ArgumentException>(() => state.Append("item 01", time)).Message, StringComparison.Ordinal);
        Assert.Equal(0, state.NumberOfEvents);
    }

    private IDataView View(Visit[] visits) => _mlContext.Data.LoadFromEnumerable(visits);

    private HydraSequenceRecommendationTransformer Fit(HydraSequenceRecommendationTrainer.Options options, Visit[] visits) =>
        new MLContext(seed: 1).SequenceRecommendation().Trainers.Hydra(options).Fit(View(visits));

    private Recommendation<string>[] Recommend(HydraSequenceRecommendationTransformer model, Visit[] visits) =>
        [.. _mlContext.Data.CreateEnumerable<Recommendation<string>>(model.Transform(View(visits)), reuseRowObject: false)];

    private static void AssertClose(Recommendation<string> expected, RecommendedItem<string>[] found)
    {
        Assert.Equal(expected.PredictedItems, found.Select(item => item.Item));
        Assert.All(expected.Score.Zip(found), pair => Assert.Equal(pair.First, pair.Second.Score, 1e-4f));
    }

    /// <summary>A model with a clock, and the same loaded from its zip.</summary>
    public sealed class Trained : IDisposable
    {
        public Trained()
        {
            Model = Context.SequenceRecommendation().Trainers.Hydra(Visits.Options()).Fit(Context.Data.LoadFromEnumerable(TrainSet));
            Loaded = (HydraSequenceRecommendationTransformer)SavedModel.Save(Context, Model).Load(new MLContext());
        }

        public MLContext Context { get; } = new(seed: 1);

        public HydraSequenceRecommendationTransformer Model { get; }

        public HydraSequenceRecommendationTransformer Loaded { get; }

        internal static Visit[] TrainSet { get; } = Visits.Make(500, seed: 1);

        public void Dispose()
        {
            Model.Dispose();
            Loaded.Dispose();
        }
    }
}
