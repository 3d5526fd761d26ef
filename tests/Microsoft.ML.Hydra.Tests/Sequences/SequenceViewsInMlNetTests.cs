using Microsoft.ML.Data;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Sequences;

/// <summary>ML.NET's own data operations over grouped and split sequences.</summary>
public sealed class SequenceViewsInMlNetTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void TrainTestSplit_by_user_keeps_every_row_in_one_part()
    {
        foreach (IDataView view in Views())
        {
            DataOperationsCatalog.TrainTestData split = _ml.Data.TrainTestSplit(view, 0.3, samplingKeyColumnName: "UserId");

            string[] train = [.. split.TrainSet.GetColumn<string>("UserId")];
            string[] test = [.. split.TestSet.GetColumn<string>("UserId")];
            Assert.NotEmpty(test);
            Assert.Equal(view.GetColumn<string>("UserId").Order(), train.Concat(test).Order());
            AssertItemsBelong(split.TestSet);
        }
    }

    [Fact]
    public void CrossValidationSplit_by_user_tests_every_row_once()
    {
        foreach (IDataView view in Views())
        {
            IReadOnlyList<DataOperationsCatalog.TrainTestData> folds = _ml.Data.CrossValidationSplit(view, 3, samplingKeyColumnName: "UserId");

            Assert.Equal(
                view.GetColumn<string>("UserId").Order(),
                folds.SelectMany(fold => fold.TestSet.GetColumn<string>("UserId")).Order());
            Assert.All(folds, fold => AssertItemsBelong(fold.TrainSet));
        }
    }

    [Fact]
    public void CrossValidationSplit_takes_integer_users_too()
    {
        IReadOnlyList<DataOperationsCatalog.TrainTestData> folds = _ml.Data.CrossValidationSplit(
            Interactions.GroupSmall(_ml), 2, samplingKeyColumnName: "UserId");

        Assert.Equal([7, 8, 9], folds.SelectMany(fold => fold.TestSet.GetColumn<long>("UserId")).Order());
    }

    [Fact]
    public void A_binary_file_gives_back_the_same_rows()
    {
        foreach (IDataView view in Views())
        {
            using var stream = new MemoryStream();
            _ml.Data.SaveAsBinary(view, stream, keepHidden: false);
            string path = Path.GetTempFileName();
            try
            {
                File.WriteAllBytes(path, stream.ToArray());
                IDataView loaded = _ml.Data.LoadFromBinary(path);

                Assert.Equal(view.Schema.Select(column => (column.Name, column.Type)), loaded.Schema.Select(column => (column.Name, column.Type)));
                AssertSameRows(view, loaded);
            }
            finally
            {
                File.Delete(path);
            }
        }
    }

    [Fact]
    public void Cache_shuffle_filter_and_preview_read_the_rows()
    {
        foreach (IDataView view in Views())
        {
            AssertSameRows(view, _ml.Data.Cache(view));
            Assert.Equal(
                view.GetColumn<string>("UserId").Order(),
                _ml.Data.ShuffleRows(view, seed: 2).GetColumn<string>("UserId").Order());
            Assert.Equal(view.GetColumn<string>("UserId").Skip(2).Take(3), _ml.Data.TakeRows(_ml.Data.SkipRows(view, 2), 3).GetColumn<string>("UserId"));
            Assert.Equal(5, view.Preview(5).RowView.Length);
            AssertItemsBelong(_ml.Data.ShuffleRows(view, seed: 2));
        }
    }

    [Fact]
    public void CreateEnumerable_reads_rows_into_objects()
    {
        IDataView test = Views()[1];

        Row[] rows = [.. _ml.Data.CreateEnumerable<Row>(test, reuseRowObject: false)];

        Assert.Equal(test.GetColumn<string>("UserId"), rows.Select(row => row.UserId));
        Assert.Equal(test.GetColumn<string[]>("Items"), rows.Select(row => row.Items));
        Assert.Equal(test.GetColumn<string>("NextItem"), rows.Select(row => row.NextItem));
    }

    [Fact]
    public void A_filter_by_a_custom_predicate_over_a_split_sees_its_columns()
    {
        IDataView test = Views()[1];

        IDataView removed = _ml.Data.FilterByCustomPredicate<Row>(test, row => row.Items.Length > 1);

        Assert.NotEmpty(removed.GetColumn<string>("UserId"));
        Assert.All(removed.GetColumn<string[]>("Items"), items => Assert.Single(items));
    }

    [Fact]
    public async Task Many_cursors_read_at_once()
    {
        foreach (IDataView view in Views())
        {
            string[][] expected = [.. view.GetColumn<string[]>("Items")];

            string[][][] read = await Task.WhenAll(Enumerable.Range(0, 16).Select(
                _ => Task.Run(() => view.GetColumn<string[]>("Items").ToArray())));

            Assert.All(read, rows => Assert.Equal(expected, rows));
        }
    }

    [Fact]
    public void A_source_read_by_several_cursors_splits_as_one_read_by_one()
    {
        IDataView grouped = Views()[0];
        IDataView keyed = _ml.Transforms.Conversion.MapValueToKey("Items").Fit(grouped).Transform(_ml.Data.Cache(grouped));
        IDataView train = _ml.SequenceRecommendation().SplitLeaveLastOut(keyed).TrainSet;
        List<string> users = [];

        foreach (DataViewRowCursor cursor in train.GetRowCursorSet([train.Schema["UserId"]], 3))
        {
            using (cursor)
            {
                ValueGetter<ReadOnlyMemory<char>> getter = cursor.GetGetter<ReadOnlyMemory<char>>(train.Schema["UserId"]);
                ReadOnlyMemory<char> user = default;
                while (cursor.MoveNext())
                {
                    getter(ref user);
                    users.Add(user.ToString());
                }
            }
        }

        Assert.Equal(train.GetColumn<string>("UserId").Order(), users.Order());
    }

    /// <summary>40 users of 1 to 5 events with text ids and dates; then the test part of their split.</summary>
    private IDataView[] Views()
    {
        var events = Enumerable.Range(0, 40).SelectMany(user => Enumerable.Range(0, 1 + (user % 5)).Select(
            i => ($"u{user}", $"u{user}-i{i}", new DateTime(2024, 1, 1).AddDays(i))));
        IDataView grouped = Interactions.Group(_ml, Interactions.Load(_ml, events));
        return [grouped, _ml.SequenceRecommendation().SplitLeaveLastOut(grouped).TestSet];
    }

    private static void AssertItemsBelong(IDataView view) =>
        Assert.All(
            view.GetColumn<string>("UserId").Zip(view.GetColumn<string[]>("Items")),
            row => Assert.All(row.Second, item => Assert.StartsWith(row.First + "-", item, StringComparison.Ordinal)));

    private static void AssertSameRows(IDataView expected, IDataView actual)
    {
        Assert.Equal(expected.GetColumn<string>("UserId"), actual.GetColumn<string>("UserId"));
        Assert.Equal(expected.GetColumn<string[]>("Items"), actual.GetColumn<string[]>("Items"));
        Assert.Equal(expected.GetColumn<DateTime[]>("Timestamps"), actual.GetColumn<DateTime[]>("Timestamps"));
    }

    private sealed class Row
    {
        public string UserId { get; set; } = "";

        public string[] Items { get; set; } = [];

        public string NextItem { get; set; } = "";
    }
}
