using Microsoft.ML.Data;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Sequences;

/// <summary>What ML.NET expects of a view and its cursors, on grouped and on split sequences.</summary>
public sealed class SequenceViewContractTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void Row_counts_are_exact_in_memory_and_unknown_after_a_split()
    {
        IDataView grouped = Interactions.GroupSmall(_ml);

        Assert.Equal(3, grouped.GetRowCount());
        Assert.Null(Split(grouped).GetRowCount());
        Assert.Null(SplitCold(grouped).GetRowCount());
    }

    [Fact]
    public void Positions_count_the_rows_delivered_and_end_at_minus_1()
    {
        foreach (IDataView view in Views())
        {
            using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
            Assert.Equal(-1, cursor.Position);
            Assert.Same(view.Schema, cursor.Schema);
            for (int i = 0; i < 2; i++)
            {
                Assert.True(cursor.MoveNext());
                Assert.Equal(i, cursor.Position);
            }

            while (cursor.MoveNext())
            {
                Assert.Equal(0, cursor.Batch);
            }

            Assert.False(cursor.MoveNext());
            Assert.Equal(-1, cursor.Position);
        }
    }

    [Fact]
    public void A_getter_of_an_inactive_column_is_refused_by_name()
    {
        foreach (IDataView view in Views())
        {
            using DataViewRowCursor cursor = view.GetRowCursor([view.Schema["UserId"]]);

            Assert.True(cursor.IsColumnActive(view.Schema["UserId"]));
            Assert.False(cursor.IsColumnActive(view.Schema["Items"]));
            Assert.Contains(
                "Column 'Items' is not active",
                Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<VBuffer<int>>(view.Schema["Items"])).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_getter_of_the_wrong_type_is_refused_with_both_types()
    {
        foreach (IDataView view in Views())
        {
            using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);

            string message = Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<VBuffer<long>>(view.Schema["Items"])).Message;
            Assert.Contains("Column 'Items' has type Vector<Int32>", message, StringComparison.Ordinal);
            Assert.Contains("Int64", message, StringComparison.Ordinal);
            Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<int>(view.Schema["UserId"]));
        }
    }

    [Fact]
    public void Reading_without_a_current_row_is_refused()
    {
        foreach (IDataView view in Views())
        {
            using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
            ValueGetter<VBuffer<int>> items = cursor.GetGetter<VBuffer<int>>(view.Schema["Items"]);
            VBuffer<int> value = default;

            Assert.Throws<InvalidOperationException>(() => items(ref value));
            while (cursor.MoveNext())
            {
                items(ref value);
            }

            Assert.Throws<InvalidOperationException>(() => items(ref value));
        }
    }

    [Fact]
    public void Getters_reuse_the_memory_that_they_receive()
    {
        foreach (IDataView view in Views())
        {
            using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
            ValueGetter<VBuffer<int>> items = cursor.GetGetter<VBuffer<int>>(view.Schema["Items"]);
            var memory = new int[16];
            var value = new VBuffer<int>(16, memory);

            Assert.True(cursor.MoveNext());
            items(ref value);

            Assert.Equal(1, memory[0]);
            Assert.True(value.GetValues().Overlaps(memory));
        }
    }

    [Fact]
    public void Ids_follow_the_rows_through_a_shuffle()
    {
        IDataView grouped = Interactions.Group(_ml, Interactions.Load(_ml, Enumerable.Range(1, 200).Select(i => (i / 2, i, (long)i))));
        foreach (IDataView view in new[] { grouped, Split(grouped), SplitCold(grouped) })
        {
            Assert.True(view.CanShuffle);
            Dictionary<DataViewRowId, int> inOrder = Read(view.GetRowCursor(view.Schema)).ToDictionary();
            List<KeyValuePair<DataViewRowId, int>> shuffled = Read(view.GetRowCursor(view.Schema, new Random(3)));

            Assert.NotEqual(inOrder.Values, shuffled.Select(row => row.Value));
            Assert.Equal(inOrder.Count, shuffled.Count);
            Assert.All(shuffled, row => Assert.Equal(inOrder[row.Key], row.Value));
        }
    }

    [Fact]
    public void A_cursor_set_delivers_every_row_once()
    {
        foreach (IDataView view in Views())
        {
            DataViewRowCursor[] set = view.GetRowCursorSet(view.Schema, 4);

            Assert.Equal(view.GetColumn<long>("UserId"), set.SelectMany(Read).Select(row => (long)row.Value));
        }
    }

    [Fact]
    public void A_split_disposes_the_cursors_of_its_source()
    {
        foreach (Func<IDataView, IDataView> split in new[] { Split, SplitCold })
        {
            var source = new DisposalCountingView(Interactions.GroupSmall(_ml));
            IDataView view = split(source);
            int before = source.Opened;

            view.GetRowCursor(view.Schema).Dispose();
            foreach (DataViewRowCursor cursor in view.GetRowCursorSet(view.Schema, 2))
            {
                cursor.Dispose();
            }

            Assert.Equal(before + 2, source.Opened);
            Assert.Equal(source.Opened, source.Disposed);
        }
    }

    [Fact]
    public void A_split_asks_its_source_only_for_what_it_needs()
    {
        foreach (Func<IDataView, IDataView> split in new[] { Split, SplitCold })
        {
            var source = new DisposalCountingView(Interactions.GroupSmall(_ml));
            IDataView view = split(source);

            view.GetRowCursor([view.Schema["NextItem"]]).Dispose();
            Assert.Equal(["Items"], source.LastNeeded);

            view.GetRowCursor([view.Schema["UserId"], view.Schema["NextTimestamp"]]).Dispose();
            Assert.Equal(["Items", "Timestamps", "UserId"], source.LastNeeded.Order());
        }
    }

    [Fact]
    public void Grouping_opens_one_cursor_and_disposes_it()
    {
        var source = new DisposalCountingView(Interactions.Load<int, int, long>(_ml, (1, 1, 1), (2, 1, 2)));

        IDataView grouped = Interactions.Group(_ml, source);
        Assert.Equal(2, grouped.GetColumn<int[]>("Items").Count());

        Assert.Equal(1, source.Opened);
        Assert.Equal(1, source.Disposed);
    }

    private IDataView Split(IDataView grouped) => _ml.SequenceRecommendation().SplitLeaveLastOut(grouped).TestSet;

    /// <summary>The test part of a split in which one item is new, but not the first one of user 7 or 8.</summary>
    private IDataView SplitCold(IDataView grouped) => Enumerable.Range(0, 100)
        .Select(seed => _ml.SequenceRecommendation().SplitColdItems(grouped, 0.001, seed)).First(split => split.ColdItems[0] is not (1 or 2)).TestSet;

    /// <summary>Users 7, 8 and 9, and the test parts of splits with users 7 and 8.</summary>
    private IDataView[] Views() => [Interactions.GroupSmall(_ml), Split(Interactions.GroupSmall(_ml)), SplitCold(Interactions.GroupSmall(_ml))];

    private static List<KeyValuePair<DataViewRowId, int>> Read(DataViewRowCursor cursor)
    {
        using (cursor)
        {
            DataViewSchema.Column user = cursor.Schema["UserId"];
            Func<int> read = user.Type.RawType == typeof(int) ? Reader<int>(cursor, user) : Reader<long>(cursor, user);
            ValueGetter<DataViewRowId> id = cursor.GetIdGetter();
            List<KeyValuePair<DataViewRowId, int>> rows = [];
            while (cursor.MoveNext())
            {
                DataViewRowId rowId = default;
                id(ref rowId);
                rows.Add(new(rowId, read()));
            }

            return rows;
        }
    }

    private static Func<int> Reader<T>(DataViewRow row, DataViewSchema.Column column)
        where T : System.Numerics.INumber<T>
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        return () =>
        {
            T value = T.Zero;
            getter(ref value);
            return int.CreateChecked(value);
        };
    }
}
