using System.Collections.Concurrent;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>One transformer under many threads, engines, states and cursors at once.</summary>
[Collection(FittedModels.Collection)]
public sealed class ThreadTests(FittedModels models)
{
    private const int NumberOfThreads = 16;
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
    public void States_on_many_threads_give_the_bits_of_one_thread()
    {
        HydraSequenceRecommendationTransformer model = models.Text;
        string[] expected = [.. _histories.Select(history => Follow(model, history))];
        string longer = Shelves.Name(1), expectedOfLonger = Follow(model, new History<string> { Items = [.. Enumerable.Repeat(longer, 3000)] });

        OnThreads(thread =>
        {
            for (int i = 0; i < _histories.Length; i++)
            {
                int row = (i + (thread * 7)) % _histories.Length;
                Assert.Equal(expected[row], Follow(model, _histories[row]));
            }

            Assert.Equal(expectedOfLonger, Follow(model, new History<string> { Items = [.. Enumerable.Repeat(longer, 3000)] }));
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

    // Half of the events at once, the others one by one with a recommendation after each, and the state as it is stored
    private static string Follow(HydraSequenceRecommendationTransformer model, History<string> history)
    {
        using HydraUserState state = model.CreateState();
        var lines = new List<string>();
        state.Append(history.Items.AsSpan(0, history.Items.Length / 2));
        foreach (string item in history.Items.Skip(Math.Max(history.Items.Length / 2, history.Items.Length - 8)))
        {
            state.Append(item);
            lines.Add(string.Join<RecommendedItem<string>>('|', state.Recommend<string>(10)));
        }

        lines.Add(System.Convert.ToHexString(state.ToBytes()));
        return string.Join('\n', lines);
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
