using Microsoft.ML.Hydra.Persistence;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>What the model treats alike, and why it scores an item as it does.</summary>
[Collection(FittedModels.Collection)]
public sealed class ExplanationTests(FittedModels models)
{
    private static readonly string[] s_history = [.. Enumerable.Range(3, 9).Select(Shelves.Name)];

    private HydraSequenceRecommendationTransformer Model => models.Text;

    [Fact]
    public void Similar_items_are_those_with_the_largest_cosine()
    {
        int row = Model.Fitted.Vocabulary.Find(Shelves.Name(5));
        (string Item, double Cosine)[] expected =
        [
            .. Enumerable.Range(1, Shelves.NumberOfItems).Where(other => other != row)
                .Select(other => (Model.Fitted.Vocabulary.NameOf(other), Cosine(row, other)))
                .OrderByDescending(other => other.Item2),
        ];

        RecommendedItem<string>[] found = Model.GetSimilarItems(Shelves.Name(5), 1000);

        Assert.Equal(expected.Select(other => other.Item), found.Select(other => other.Item));
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First.Cosine, pair.Second.Score, 1e-5));
        Assert.Equal(found[..4], Model.GetSimilarItems(Shelves.Name(5), 4));
    }

    [Fact]
    public void Similar_items_are_only_those_that_may_be_recommended()
    {
        string[] denied = [.. Model.GetSimilarItems(Shelves.Name(5), 3).Select(other => other.Item)];
        using var other = Model.WithRecommendations(Model.Recommendations with { DeniedItems = denied });

        Assert.Equal(Model.GetSimilarItems(Shelves.Name(5), 8)[3..], other.GetSimilarItems(Shelves.Name(5), 5));
        Assert.Equal(5, other.GetSimilarItems(denied[0], 5).Length);
        Assert.Empty(Model.GetSimilarItems("never seen", 5));
        Assert.Throws<ArgumentException>(() => Model.GetSimilarItems(5, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Model.GetSimilarItems(Shelves.Name(5), 0));
    }

    [Fact]
    public void An_event_contributes_what_the_score_loses_without_it()
    {
        string item = Shelves.Name(12);
        string[] history = [.. s_history[..5], "never seen", .. s_history[5..]];
        float whole = Score(history, item);

        ExplainedEvent<string>[] events = Model.Explain<string>(history, item, 1000);

        Assert.Equal(history.Index().Where(e => e.Item != "never seen"), events.OrderBy(e => e.Index).Select(e => (e.Index, e.Item)));
        Assert.All(events, e => Assert.Equal(
            whole - Score([.. history[..e.Index], .. history[(e.Index + 1)..]], item), e.Contribution, 1e-4f));
        Assert.Equal(events.Select(e => Math.Abs(e.Contribution)).OrderDescending(), events.Select(e => Math.Abs(e.Contribution)));
        Assert.Equal(s_history[^1], events[0].Item);   // the next item on the shelf follows from the last one
        Assert.Equal(events[..2], Model.Explain<string>(history, item, 2));
    }

    [Fact]
    public void An_only_event_contributes_the_score_and_nothing_known_gives_nothing()
    {
        ExplainedEvent<string> only = Assert.Single(Model.Explain<string>(["never seen", s_history[0]], s_history[1], 5));

        Assert.Equal((1, s_history[0]), (only.Index, only.Item));
        Assert.Equal(Score([s_history[0]], s_history[1]), only.Contribution, 1e-4f);
        Assert.Empty(Model.Explain<string>([], s_history[1], 5));
        Assert.Empty(Model.Explain<string>(s_history, "never seen", 5));
        Assert.Throws<ArgumentException>(() => Model.Explain<int>([1], 2, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Model.Explain<string>(s_history, s_history[0], 0));
    }

    [Fact]
    public void Long_histories_are_explained_in_pieces()
    {
        string[] history = [.. Enumerable.Range(0, 400).Select(i => Shelves.Name(1 + (i % 60)))];

        ExplainedEvent<string>[] events = Model.Explain<string>(history, Shelves.Name(41), 1000);

        Assert.Equal(400, events.Length);
        float whole = Score(history, Shelves.Name(41));
        Assert.All(events.Take(3).Append(events.Single(e => e.Index == 399)), e => Assert.Equal(
            whole - Score([.. history[..e.Index], .. history[(e.Index + 1)..]], Shelves.Name(41)), e.Contribution, 1e-4f));
    }

    private float Score(string[] history, string item)
    {
        using var state = Model.CreateState();
        state.Append(history);
        var score = new float[1];
        state.Score([item], score);
        return score[0];
    }

    private double Cosine(int row, int other)
    {
        NamedTensor items = Model.Fitted.Weights.Single(weight => weight.Name == "item_embedding");
        int width = (int)items.Shape[1];
        ReadOnlySpan<float> a = items.Values<float>().AsSpan(row * width, width), b = items.Values<float>().AsSpan(other * width, width);
        double product = 0, squareA = 0, squareB = 0;
        for (int i = 0; i < width; i++)
        {
            (product, squareA, squareB) = (product + (a[i] * b[i]), squareA + (a[i] * a[i]), squareB + (b[i] * b[i]));
        }

        return product / Math.Sqrt(squareA * squareB);
    }
}
