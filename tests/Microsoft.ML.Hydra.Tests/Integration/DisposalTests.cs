using System.Collections.Concurrent;
using Microsoft.ML.Data;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>A transformer may be disposed at any time; what was made from it before goes on.</summary>
[Collection(FittedModels.Collection)]
public sealed class DisposalTests(FittedModels models)
{
    private readonly History<string> _history = new() { Items = [Shelves.Name(3), Shelves.Name(4)] };

    [Fact]
    public void Disposing_one_engine_leaves_the_others_at_work()
    {
        var model = Loaded();
        var first = Engine(model);
        var second = Engine(model);
        IDataView view = model.Transform(models.Context.Data.LoadFromEnumerable([_history]));
        string expected = first.Predict(_history).ToString();

        first.Dispose();

        Assert.Equal(expected, second.Predict(_history).ToString());
        Assert.Equal(10, view.GetColumn<string[]>("PredictedItems").Single().Length);
        second.Dispose();
    }

    [Fact]
    public void A_disposed_transformer_says_so()
    {
        var model = Loaded();
        IDataView input = models.Context.Data.LoadFromEnumerable([_history]);

        model.Dispose();
        model.Dispose();

        Assert.Throws<ObjectDisposedException>(() => model.Transform(input));
        Assert.Throws<ObjectDisposedException>(() => ((ITransformer)model).GetRowToRowMapper(input.Schema));
        Assert.Throws<ObjectDisposedException>(() => model.WithRecommendations(model.Recommendations));
        Assert.Throws<ObjectDisposedException>(() => models.Context.Model.Save(model, input.Schema, new MemoryStream()));
        Assert.Throws<ObjectDisposedException>(() => Engine(model));
        Assert.Equal(Shelves.NumberOfItems, model.Model.NumberOfItems);
    }

    [Fact]
    public void The_error_after_an_engine_took_its_model_names_the_option_that_prevents_it()
    {
        var model = Loaded();
        Engine(model).Dispose();

        ObjectDisposedException error = Assert.Throws<ObjectDisposedException>(() => Engine(model));

        Assert.Contains("PredictionEngineOptions.OwnsTransformer", error.Message, StringComparison.Ordinal);
        Assert.Contains("new PredictionEngineOptions { OwnsTransformer = false }", error.Message, StringComparison.Ordinal);
        var kept = Loaded();
        for (int i = 0; i < 2; i++)
        {
            using var engine = models.Context.Model.CreatePredictionEngine<History<string>, Recommendation<string>>(
                kept, new PredictionEngineOptions { OwnsTransformer = false });
            Assert.Equal(10, engine.Predict(_history).PredictedItems.Length);
        }

        kept.Dispose();
    }

    [Fact]
    public void An_original_and_its_variants_are_disposed_in_any_order()
    {
        var model = Loaded();
        var variant = model.WithRecommendations(model.Recommendations with { NumberOfRecommendations = 3 });
        model.Dispose();

        Assert.Equal(3, variant.Transform(models.Context.Data.LoadFromEnumerable([_history])).GetColumn<string[]>("PredictedItems").Single().Length);
        variant.Dispose();
        Assert.Throws<ObjectDisposedException>(() => variant.Transform(models.Context.Data.LoadFromEnumerable([_history])));
    }

    [Fact]
    public void Disposing_while_other_threads_predict_harms_none_of_them()
    {
        const int threads = 4;
        var failures = new ConcurrentQueue<Exception>();
        using var expectedEngine = Engine(Loaded());
        string expected = expectedEngine.Predict(_history).ToString();
        using var expectedState = Loaded().CreateState();
        expectedState.Append(_history.Items);
        RecommendedItem<string>[] expectedOfState = expectedState.Recommend<string>(10);
        for (int round = 0; round < 5; round++)
        {
            var model = Loaded();
            using var ready = new Barrier(threads + 1);
            Thread[] predicting = [.. Enumerable.Range(0, threads).Select(_ => new Thread(() =>
            {
                try
                {
                    var engine = Engine(model);
                    var state = model.CreateState();
                    ready.SignalAndWait();
                    for (int i = 0; i < 50; i++)
                    {
                        Assert.Equal(expected, engine.Predict(_history).ToString());
                        using HydraUserState clone = state.Clone();
                        Assert.Equal(2, clone.Append(_history.Items));
                        Assert.Equal(expectedOfState, clone.Recommend<string>(10));
                    }

                    engine.Dispose();
                    state.Dispose();
                }
                catch (Exception failure)
                {
                    failures.Enqueue(failure);
                }
            }))];
            Array.ForEach(predicting, thread => thread.Start());
            ready.SignalAndWait();
            model.Dispose();
            Array.ForEach(predicting, thread => thread.Join());
        }

        Assert.Empty(failures);
    }

    private HydraSequenceRecommendationTransformer Loaded() =>
        (HydraSequenceRecommendationTransformer)models.SavedText.Load(new MLContext());

    private PredictionEngine<History<string>, Recommendation<string>> Engine(ITransformer model) =>
        models.Context.Model.CreatePredictionEngine<History<string>, Recommendation<string>>(model);
}
