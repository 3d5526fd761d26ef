using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Tests.Persistence;
using Microsoft.ML.Hydra.Tests.Sequences;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>The output of a fitted transformer among ML.NET's own views.</summary>
[Collection(FittedModels.Collection)]
public sealed class TransformTests(FittedModels models)
{
    private MLContext Context => models.Context;

    [Fact]
    public void Nothing_is_read_before_it_is_asked_for()
    {
        var source = new DisposalCountingView(Shelves.Load(Context, Shelves.Texts(customers: 20)));

        IDataView view = models.Text.Transform(source);

        Assert.Equal(0, source.Opened);
        Assert.Equal(20, view.GetColumn<string>("UserId").Count());
        Assert.Equal(1, source.Opened);
        Assert.Equal(["UserId"], source.LastNeeded);
        Assert.Equal(20, view.GetColumn<float[]>("Score").Count());
        Assert.Equal(source.Opened, source.Disposed);
    }

    [Fact]
    public void Many_rows_keep_their_order_and_agree_with_single_predictions()
    {
        string[][] histories = Shelves.Texts(customers: 2000, seed: 4);
        IDataView input = Shelves.Load(Context, histories);

        IDataView view = models.Text.Transform(input);
        Recommendation<string>[] rows = [.. Context.Data.CreateEnumerable<Recommendation<string>>(view, reuseRowObject: false)];

        Assert.Equal(histories.Select((_, i) => $"customer {i}"), view.GetColumn<string>("UserId"));
        Assert.Equal(histories.Length, rows.Length);
        Assert.All(rows.Zip(histories), pair => Assert.Empty(pair.First.PredictedItems.Intersect(pair.Second)));
        using var engine = Context.Model.CreatePredictionEngine<History<string>, Recommendation<string>>(
            models.Text.WithRecommendations(models.Text.Recommendations));
        for (int i = 0; i < rows.Length; i += 13)
        {
            Assert.Equal(rows[i].ToString(), engine.Predict(new History<string> { Items = histories[i] }).ToString());
        }
    }

    [Fact]
    public void A_cached_or_stored_output_reads_as_the_output_itself()
    {
        IDataView view = models.Text.Transform(Shelves.Load(Context, Shelves.Texts(customers: 300, seed: 4)));
        string[] expected = Rows(view);
        using var folder = new TemporaryDirectory();
        using (FileStream stream = File.Create(folder["output.idv"]))
        {
            Context.Data.SaveAsBinary(view, stream);
        }

        IDataView stored = Context.Data.LoadFromBinary(folder["output.idv"]);

        Assert.Equal(expected, Rows(Context.Data.Cache(view)));
        Assert.Equal(expected, Rows(stored));
        Assert.Equal(view.Schema["PredictedItems"].Type, stored.Schema["PredictedItems"].Type);
    }

    [Fact]
    public void Rows_can_be_skipped_taken_filtered_and_shuffled_around_it()
    {
        IDataView view = models.Text.Transform(Shelves.Load(Context, Shelves.Texts(customers: 300, seed: 4)));
        string[] expected = Rows(view);

        Assert.Equal(expected[250..255], Rows(Context.Data.TakeRows(Context.Data.SkipRows(view, 250), 5)));
        Assert.Equal(expected.Order(), Rows(Context.Data.ShuffleRows(view, seed: 2)).Order());
        IDataView shuffled = Context.Data.ShuffleRows(Shelves.Load(Context, Shelves.Texts(customers: 300, seed: 4)), seed: 2);
        Assert.Equal(
            expected.Select(FirstItem).Order(),
            Rows(models.Text.Transform(shuffled)).Select(FirstItem).Order());

        static string FirstItem(string row) => row.Split('=')[0];
    }

    [Fact]
    public void A_second_transformer_adds_its_columns_over_those_of_the_first()
    {
        using var few = models.Text.WithRecommendations(models.Text.Recommendations with { NumberOfRecommendations = 2 });

        IDataView view = few.Transform(models.Text.Transform(Shelves.Load(Context, Shelves.Texts(customers: 5))));

        Assert.All(view.GetColumn<string[]>("PredictedItems"), items => Assert.Equal(2, items.Length));
    }

    private string[] Rows(IDataView view) =>
        [.. Context.Data.CreateEnumerable<Recommendation<string>>(view, reuseRowObject: false).Select(row => row.ToString())];
}
