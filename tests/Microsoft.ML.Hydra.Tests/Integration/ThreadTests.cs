using System.Collections.Concurrent;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>One transformer under many threads, engines and cursors at once.</summary>
[Collection(FittedModels.Collection)]
public sealed class ThreadTests(FittedModels models)
{
    private const int NumberOfThreads = 8;
    private const int EnginesPerThread = 3;

    private readonly History<string>[] _histories =
        [.. Shelves.Texts(customers: 50, seed: 9).Select(items => new History<string> { Items = items }), new History<string>()];

    [Fact]
    public void Engines_and_views_on_many_threads_give_the_bits_of_one_thread()
    {
        HydraSequenceRecommendationTransformer model = models.Text;
        string[] expected = ReadView(model);
        string[] expectedOfEngine;
        using (var engine = Engine(model))
        {
            expectedOfEngine = [.. _histories.Select(history => engine.Predict(history).ToString())];
        }

        OnThreads(thread =>
        {
            var engines = Enumerable.Range(0, EnginesPerThread).Select(_ => Engine(model)).ToArray();
            for (int i = 0; i < _histories.Length; i++)
            {
                int row = (i + (thread * 7)) % _histories.Length;
                Assert.Equal(expectedOfEngine[row], engines[i % EnginesPerThread].Predict(_histories[row]).ToString());
            }

            Assert.Equal(expected, ReadView(model));
        });
    }

    [Fact]
    public void A_view_read_by_many_cursors_at_once_gives_every_one_the_same()
    {
        IDataView view = models.Text.Transform(models.Context.Data.LoadFromEnumerable(_histories));
        string[] expected = ReadView(models.Text);

        OnThreads(_ => Assert.Equal(expected, Rows(view)));
    }

    [Fact]
    public void Transformers_of_one_model_with_other_settings_do_not_disturb_each_other()
    {
        HydraSequenceRecommendationTransformer model = models.Text;
        int[] counts = [.. Enumerable.Range(1, NumberOfThreads)];
        string[][] expected = [.. counts.Select(count => Few(model, count))];

        OnThreads(thread => Assert.Equal(expected[thread], Few(model, counts[thread])));
    }

    private static void OnThreads(Action<int> work)
    {
        var failures = new ConcurrentQueue<Exception>();
        using var start = new Barrier(NumberOfThreads);
        Thread[] threads = [.. Enumerable.Range(0, NumberOfThreads).Select(index => new Thread(() =>
        {
            try
            {
                start.SignalAndWait();
                work(index);
            }
            catch (Exception failure)
            {
                failures.Enqueue(failure);
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Empty(failures);
    }

    /// <summary>An engine that leaves the transformer alone when it is disposed.</summary>
    private PredictionEngine<History<string>, Recommendation<string>> Engine(HydraSequenceRecommendationTransformer model) =>
        models.Context.Model.CreatePredictionEngine<History<string>, Recommendation<string>>(
            model.WithRecommendations(model.Recommendations));

    private string[] Few(HydraSequenceRecommendationTransformer model, int count)
    {
        using var few = model.WithRecommendations(model.Recommendations with { NumberOfRecommendations = count });
        return ReadView(few);
    }

    private string[] ReadView(ITransformer model) => Rows(model.Transform(models.Context.Data.LoadFromEnumerable(_histories)));

    private string[] Rows(IDataView view) =>
        [.. models.Context.Data.CreateEnumerable<Recommendation<string>>(view, reuseRowObject: false).Select(row => row.ToString())];
}
