using Microsoft.ML.Data;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Sequences;

public sealed class SplitLeaveLastOutTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void The_last_item_of_each_sequence_becomes_the_next_item()
    {
        SequenceTrainTestData split = _ml.SequenceRecommendation().SplitLeaveLastOut(Interactions.GroupSmall(_ml));

        Assert.Equal([7, 8, 9], split.TrainSet.GetColumn<long>("UserId"));
        Assert.Equal([[1, 3], [2], [4]], split.TrainSet.GetColumn<int[]>("Items"));
        Assert.Equal([[10, 30], [20], [40]], split.TrainSet.GetColumn<long[]>("Timestamps"));
        Assert.Equal([7, 8], split.TestSet.GetColumn<long>("UserId"));
        Assert.Equal([[1, 3], [2]], split.TestSet.GetColumn<int[]>("Items"));
        Assert.Equal([[10, 30], [20]], split.TestSet.GetColumn<long[]>("Timestamps"));
        Assert.Equal([6, 5], split.TestSet.GetColumn<int>("NextItem"));
        Assert.Equal([60, 50], split.TestSet.GetColumn<long>("NextTimestamp"));
    }

    [Fact]
    public void Rows_without_items_are_in_neither_set()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(new[] { new Row { Items = [] }, new Row { Items = ["a"] }, new Row { Items = ["a", "b"] } });

        SequenceTrainTestData split = _ml.SequenceRecommendation().SplitLeaveLastOut(data);

        Assert.Equal([["a"], ["a"]], split.TrainSet.GetColumn<string[]>("Items"));
        Assert.Equal(["b"], split.TestSet.GetColumn<string>("NextItem"));
        Assert.Null(split.TestSet.Schema.GetColumnOrNull("NextTimestamp"));
    }

    [Fact]
    public void Keys_made_after_grouping_keep_their_values_in_every_column()
    {
        IDataView grouped = Interactions.Group(_ml, Interactions.Load<string, string, long>(_ml, ("u", "tea", 1), ("u", "milk", 2), ("u", "jam", 3)));
        IDataView keyed = _ml.Transforms.Conversion.MapValueToKey("Items").Fit(grouped).Transform(grouped);

        IDataView test = _ml.SequenceRecommendation().SplitLeaveLastOut(keyed).TestSet;
        IDataView mapped = _ml.Transforms.Conversion.MapKeyToValue("Items").Append(_ml.Transforms.Conversion.MapKeyToValue("NextItem"))
            .Fit(test).Transform(test);

        Assert.IsType<KeyDataViewType>(test.Schema["NextItem"].Type);
        Assert.Equal([["tea", "milk"]], mapped.GetColumn<string[]>("Items"));
        Assert.Equal(["jam"], mapped.GetColumn<string>("NextItem"));
    }

    [Fact]
    public void A_column_NextItem_of_the_source_is_hidden_in_the_test_set_only()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(new[] { new Row { Items = ["a", "b"], NextItem = "old" } });

        SequenceTrainTestData split = _ml.SequenceRecommendation().SplitLeaveLastOut(data);

        Assert.Equal(["old"], split.TrainSet.GetColumn<string>("NextItem"));
        Assert.Equal(["b"], split.TestSet.GetColumn<string>("NextItem"));
        Assert.Equal([true, false], split.TestSet.Schema.Where(column => column.Name == "NextItem").Select(column => column.IsHidden));
    }

    [Fact]
    public void A_timestamps_column_that_is_not_a_vector_stays_as_it_is()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(new[] { new Row { Items = ["a", "b"], NextItem = "kept whole" } });

        IDataView test = _ml.SequenceRecommendation().SplitLeaveLastOut(data, timestampsColumnName: "NextItem").TestSet;

        Assert.Null(test.Schema.GetColumnOrNull("NextTimestamp"));
    }

    [Fact]
    public void Fixed_size_and_sparse_vectors_are_cut_to_vectors_of_any_length()
    {
        var schema = SchemaDefinition.Create(typeof(SparseRow));
        schema["Items"].ColumnType = new VectorDataViewType(NumberDataViewType.Int32, 4);
        IDataView data = _ml.Data.LoadFromEnumerable(new[] { new SparseRow { Items = new VBuffer<int>(4, 2, [7, 9], [1, 3]) } }, schema);

        SequenceTrainTestData split = _ml.SequenceRecommendation().SplitLeaveLastOut(data);

        Assert.False(((VectorDataViewType)split.TrainSet.Schema["Items"].Type).IsKnownSize);
        Assert.Equal([[0, 7, 0]], split.TrainSet.GetColumn<int[]>("Items"));
        Assert.Equal([9], split.TestSet.GetColumn<int>("NextItem"));
    }

    [Fact]
    public void Vectors_of_different_lengths_are_refused_while_reading()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(new[] { new Timed { Items = [1, 2], Timestamps = [1, 2] }, new Timed { Items = [1, 2], Timestamps = [1] } });

        IDataView train = _ml.SequenceRecommendation().SplitLeaveLastOut(data).TrainSet;
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => train.GetColumn<long[]>("Timestamps").ToArray());

        Assert.Contains("Row 1 has 2 values in 'Items' but 1 in 'Timestamps'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_items_column_that_is_absent_or_not_a_vector_is_refused()
    {
        IDataView grouped = Interactions.GroupSmall(_ml);
        SequenceRecommendationCatalog recommendation = _ml.SequenceRecommendation();

        ArgumentException absent = Assert.Throws<ArgumentException>(() => recommendation.SplitLeaveLastOut(grouped, "Products"));
        ArgumentException scalar = Assert.Throws<ArgumentException>(() => recommendation.SplitLeaveLastOut(grouped, "UserId"));

        Assert.Contains("'Products' is not in the data, which has 'UserId', 'Items', 'Timestamps'", absent.Message, StringComparison.Ordinal);
        Assert.Contains("'UserId' has type Int64, but a vector is needed", scalar.Message, StringComparison.Ordinal);
    }

    private sealed class Row
    {
        public string[] Items { get; set; } = [];

        public string NextItem { get; set; } = "";
    }

    private sealed class SparseRow
    {
        public VBuffer<int> Items { get; set; }
    }

    private sealed class Timed
    {
        public int[] Items { get; set; } = [];

        public long[] Timestamps { get; set; } = [];
    }
}
