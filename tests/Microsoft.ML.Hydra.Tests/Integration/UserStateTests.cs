using System.Reflection;
using Microsoft.ML.Data;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>Users whose events are appended one by one are recommended what their whole histories are.</summary>
[Collection(FittedModels.Collection)]
public sealed class UserStateTests(FittedModels models)
{
    private static readonly string[] s_history = [.. Enumerable.Range(3, 12).Select(Shelves.Name)];

    private HydraSequenceRecommendationTransformer Model => models.Text;

    [Fact]
    public void After_each_event_it_recommends_what_the_history_so_far_does()
    {
        using var state = Model.CreateState();
        using var engine = models.Context.Model.CreatePredictionEngine<History<string>, Recommendation<string>>(Model.WithRecommendations(Model.Recommendations));
        for (int length = 0; length <= s_history.Length; length++)
        {
            AssertClose(engine.Predict(new History<string> { Items = s_history[..length] }), state.Recommend<string>(10));
            Assert.Equal(length, state.NumberOfEvents);
            Assert.True(length == s_history.Length || state.Append(s_history[length]));
        }
    }

    [Fact]
    public void Events_at_once_are_as_events_one_by_one()
    {
        string[] items = [.. Enumerable.Range(0, 3000).Select(i => Shelves.Name(1 + (i * i % 47)))];
        using var single = Model.CreateState();
        using var many = Model.CreateState();
        Assert.All(items, item => Assert.True(single.Append(item)));

        Assert.Equal(items.Length, many.Append(items));

        Assert.Equal(items.Length, many.NumberOfEvents);
        RecommendedItem<string>[] expected = single.Recommend<string>(10), found = many.Recommend<string>(10);
        Assert.Equal(expected.Select(item => item.Item), found.Select(item => item.Item));
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First.Score, pair.Second.Score, 1e-4f));
        Assert.DoesNotContain(found, item => items.Contains(item.Item));
    }

    [Fact]
    public void Missing_and_unknown_items_are_skipped_and_counted()
    {
        using var state = Model.CreateState();
        Assert.False(state.Append("never seen"));
        Assert.False(state.Append(""));
        Assert.False(state.Append<string>((string)null!));
        Assert.Equal(2, state.Append([Shelves.Name(3), "never seen", Shelves.Name(4), ""]));

        Assert.Equal((2, 5L), (state.NumberOfEvents, state.NumberOfSkippedItems));
        using var same = Model.CreateState();
        same.Append([Shelves.Name(3), Shelves.Name(4)]);
        Assert.Equal(same.Recommend<string>(10), state.Recommend<string>(10));
    }

    [Fact]
    public void The_number_of_skipped_items_stops_at_the_largest_and_the_state_can_be_read_again()
    {
        using var state = Model.CreateState();
        state.Append(Shelves.Name(3));
        const BindingFlags hidden = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;
        object inner = typeof(HydraUserState).GetField("_state", hidden)!.GetValue(state)!;
        inner.GetType().GetProperty("NumberOfSkippedItems", hidden)!.SetValue(inner, long.MaxValue - 1);

        Assert.False(state.Append("never seen"));
        Assert.Equal(1, state.Append(["never seen", Shelves.Name(4), "nor this"]));

        Assert.Equal(long.MaxValue, state.NumberOfSkippedItems);
        using var read = Model.ReadState(state.ToBytes());
        Assert.Equal((2, long.MaxValue), (read.NumberOfEvents, read.NumberOfSkippedItems));
    }

    [Fact]
    public void Without_a_known_item_it_recommends_what_is_popular()
    {
        using var state = Model.CreateState();
        state.Append("never seen");
        IDataView nothing = Model.Transform(models.Context.Data.LoadFromEnumerable([new History<string>()]));
        Recommendation<string> expected = models.Context.Data.CreateEnumerable<Recommendation<string>>(nothing, false).Single();

        Assert.Equal(expected.PredictedItems.Zip(expected.Score, (item, score) => new RecommendedItem<string>(item, score)), state.Recommend<string>(10));
        var scores = new float[1];
        state.Score([expected.PredictedItems[0]], scores);
        Assert.Equal(expected.Score[0], scores[0]);
    }

    [Fact]
    public void Items_come_in_their_own_type_and_in_no_other()
    {
        using var state = models.Numbers.CreateState();
        Assert.True(state.Append(3));
        Assert.Equal(2, state.Append([4, 5]));
        Assert.Equal(6, state.Recommend<int>(1)[0].Item);

        Assert.Contains("items are Int32", Assert.Throws<ArgumentException>(() => state.Append(3L)).Message, StringComparison.Ordinal);
        Assert.Contains("as List", Assert.Throws<ArgumentException>(() => state.Append(new List<int> { 3 })).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => state.Recommend<string>(1));
        Assert.Throws<ArgumentException>(() => state.Score<string>(["3"], new float[1]));
        Assert.Equal((3, 0L), (state.NumberOfEvents, state.NumberOfSkippedItems));
    }

    [Fact]
    public void The_settings_of_the_transformer_apply()
    {
        string[] denied = [Shelves.Name(7), Shelves.Name(8)];
        using var other = Model.WithRecommendations(Model.Recommendations with { ExcludeSeenItems = false, DeniedItems = denied });
        using var state = other.CreateState();
        state.Append(s_history[..4]);

        string[] all = [.. state.Recommend<string>(1000).Select(item => item.Item)];

        Assert.Equal(Shelves.NumberOfItems - 2, all.Length);
        Assert.Empty(all.Intersect(denied));
        Assert.Empty(s_history[..4].Except(all));
    }

    [Fact]
    public void A_filter_is_asked_of_the_best_first_and_finds_the_best_that_it_accepts()
    {
        using var state = Model.CreateState();
        state.Append(s_history);
        RecommendedItem<string>[] all = state.Recommend<string>(1000);
        var asked = new List<string>();

        RecommendedItem<string>[] most = state.Recommend<string>(5, item =>
        {
            asked.Add(item);
            return item != all[1].Item;
        });

        Assert.Equal([all[0], .. all[2..6]], most);
        Assert.Equal(all[..asked.Count].Select(item => item.Item), asked);
        RecommendedItem<string>[] odd = [.. all.Where(item => item.Item[^1] % 2 == 1)];
        Assert.Equal(odd, state.Recommend<string>(1000, item => item[^1] % 2 == 1));
        Assert.Equal(odd[..2], state.Recommend<string>(2, item => odd.Any(other => other.Item == item)));
        Assert.Equal([all[^1]], state.Recommend<string>(3, item => item == all[^1].Item));
        Assert.Empty(state.Recommend<string>(3, _ => false));
        using var empty = Model.CreateState();
        Assert.Equal(empty.Recommend<string>(1000)[^1..], empty.Recommend<string>(3, item => item == empty.Recommend<string>(1000)[^1].Item));
        Assert.Equal(0, state.Recommend(Span<RecommendedItem<string>>.Empty, _ => true));
        Assert.Throws<ArgumentOutOfRangeException>(() => state.Recommend<string>(0));
    }

    [Fact]
    public void Scores_are_those_of_the_recommendation_and_NaN_for_unknown_items()
    {
        using var state = Model.CreateState();
        state.Append(s_history);
        RecommendedItem<string>[] best = state.Recommend<string>(3);
        var scores = new float[5];

        state.Score([best[2].Item, "never seen", best[0].Item, s_history[0]], scores);

        Assert.Equal([best[2].Score, float.NaN, best[0].Score], scores[..3]);
        Assert.True(float.IsFinite(scores[3]));
        Assert.Throws<ArgumentException>(() => state.Score<string>(s_history, scores));
    }

    [Fact]
    public void A_clone_goes_its_own_way()
    {
        using var state = Model.CreateState();
        state.Append([s_history[0], s_history[1], "never seen"]);
        RecommendedItem<string>[] before = state.Recommend<string>(10);
        var clone = state.Clone();
        Assert.Equal(before, clone.Recommend<string>(10));

        clone.Append(s_history[2]);

        Assert.Equal((3, 1L), (clone.NumberOfEvents, clone.NumberOfSkippedItems));
        Assert.Equal(before, state.Recommend<string>(10));
        Assert.DoesNotContain(clone.Recommend<string>(1000), item => item.Item == s_history[2]);
        state.Dispose();
        Assert.Equal(10, clone.Recommend<string>(10).Length);
        clone.Dispose();
    }

    [Fact]
    public void A_state_outlives_its_transformer_but_not_its_own_disposal()
    {
        var model = (HydraSequenceRecommendationTransformer)models.SavedText.Load(new MLContext());
        var state = model.CreateState();
        model.Dispose();

        Assert.Throws<ObjectDisposedException>(() => model.CreateState());
        Assert.True(state.Append(s_history[0]));
        Assert.Equal(10, state.Recommend<string>(10).Length);

        state.Dispose();
        state.Dispose();
        Assert.Throws<ObjectDisposedException>(() => state.Append(s_history[0]));
        Assert.Throws<ObjectDisposedException>(() => state.Append("never seen"));
        Assert.Throws<ObjectDisposedException>(() => state.Recommend<string>(1));
        Assert.Throws<ObjectDisposedException>(() => state.Clone());
        Assert.Throws<ObjectDisposedException>(() => state.ToBytes());
    }

    [Fact]
    public void Events_and_recommendations_allocate_nothing()
    {
        using var state = Model.CreateState();
        var target = new RecommendedItem<string>[10];
        Func<string, bool> filter = item => item[^1] != '5';
        var scores = new float[2];
        void Use()
        {
            foreach (string item in s_history)
            {
                state.Append(item);
                state.Recommend(target.AsSpan());
                state.Recommend(target.AsSpan(), filter);
                state.Score(s_history.AsSpan(0, 2), scores);
            }
        }

        Use();

        Assert.Equal(0, Allocations.Of(Use));
    }

    private static void AssertClose(Recommendation<string> expected, RecommendedItem<string>[] found)
    {
        Assert.Equal(expected.PredictedItems, found.Select(item => item.Item));
        Assert.All(expected.Score.Zip(found), pair => Assert.Equal(pair.First, pair.Second.Score, 1e-4f));
    }
}
