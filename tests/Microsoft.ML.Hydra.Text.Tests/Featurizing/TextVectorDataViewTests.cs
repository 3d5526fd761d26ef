using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Tests.Integration;
using Xunit;

namespace Microsoft.ML.Hydra.Text.Tests.Featurizing;

public sealed class TextVectorDataViewTests
{
    private readonly MLContext _mlContext = new(seed: 1);
    private readonly CountingGenerator _generator = new();

    private static Row[] Rows(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Row { Number = i, Title = $"title {i % 50}", Notes = i % 3 == 0 ? ["", "note", "  "] : [] })];

    [Fact]
    public void Every_row_has_the_vector_of_its_joined_texts_and_its_other_columns()
    {
        IDataView view = Transform(Rows(600), "Title", "Notes");

        Assert.Equal(Enumerable.Range(0, 600).Select(i => i), view.GetColumn<int>("Number"));
        Assert.Equal(
            Enumerable.Range(0, 600).Select(i => CountingGenerator.UnitOf(i % 3 == 0 ? $"title {i % 50} note" : $"title {i % 50}")),
            view.GetColumn<float[]>("Vector"));
        Assert.Equal(100, _generator.Asked.Count);    // 50 titles, with the note and without it
        Assert.Equal(100, _generator.Asked.Distinct().Count());
    }

    [Fact]
    public void A_row_without_a_word_has_no_known_number()
    {
        IDataView view = Transform([new Row { Title = "--" }, new Row { Title = "" }, new Row { Title = "word" }], "Title");

        float[][] vectors = [.. view.GetColumn<float[]>("Vector")];
        Assert.All(vectors[..2], vector => Assert.All(vector, value => Assert.True(float.IsNaN(value))));
        Assert.Equal(CountingGenerator.UnitOf("word"), vectors[2]);
        Assert.Equal(["word"], _generator.Asked);
    }

    [Fact]
    public void Nothing_is_encoded_unless_the_column_is_read()
    {
        IDataView view = Transform(Rows(100), "Title");
        Assert.Equal(100, view.GetRowCount());
        Assert.Equal(100, view.GetColumn<string>("Title").Count());
        Assert.Empty(_generator.Requests);

        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        Assert.True(cursor.MoveNext());
        Assert.Empty(_generator.Requests);
        VBuffer<float> vector = default;
        cursor.GetGetter<VBuffer<float>>(view.Schema["Vector"])(ref vector);
        Assert.Equal([16], _generator.Requests);    // a first window is small
    }

    [Fact]
    public void Rows_that_are_skipped_are_not_encoded()
    {
        Row[] rows = [.. Enumerable.Range(0, 300).Select(i => new Row { Number = i, Title = $"title {i}" })];
        IDataView view = Transform(rows, "Title");
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        ValueGetter<VBuffer<float>> getVector = cursor.GetGetter<VBuffer<float>>(view.Schema["Vector"]);
        VBuffer<float> vector = default;
        for (int row = 0; cursor.MoveNext(); row++)
        {
            if (row == 250)
            {
                getVector(ref vector);
                Assert.Equal(CountingGenerator.UnitOf("title 250"), vector.DenseValues());
            }
        }

        Assert.Equal(Enumerable.Range(250, 16).Select(i => $"title {i}"), _generator.Asked);
    }

    [Fact]
    public void A_shuffled_view_keeps_each_vector_beside_its_row()
    {
        IDataView shuffled = _mlContext.Data.ShuffleRows(Transform(Rows(500), "Title"), seed: 3);

        int[] numbers = [.. shuffled.GetColumn<int>("Number")];
        Assert.NotEqual(Enumerable.Range(0, 500), numbers);
        Assert.Equal(Enumerable.Range(0, 500), numbers.Order());
        Assert.All(Pairs(shuffled), pair => Assert.Equal(CountingGenerator.UnitOf($"title {pair.Number % 50}"), pair.Vector));
        Assert.Equal(50, _generator.Asked.Count);
    }

    [Fact]
    public void A_source_that_gives_its_rows_in_another_order_the_second_time_is_encoded_all_the_same()
    {
        var source = new UnsteadyView(_mlContext.Data.LoadFromEnumerable(Rows(60)), _mlContext.Data.LoadFromEnumerable(Rows(60).Reverse()));
        IDataView view = Featurize("Title").Fit(source).Transform(source);

        Assert.All(Pairs(view), pair => Assert.Equal(CountingGenerator.UnitOf($"title {pair.Number % 50}"), pair.Vector));
    }

    [Fact]
    public void A_set_of_cursors_has_every_row_once()
    {
        IDataView view = Transform(Rows(100), "Title");
        var found = new List<int>();
        foreach (DataViewRowCursor cursor in view.GetRowCursorSet(view.Schema, 4))
        {
            using (cursor)
            {
                ValueGetter<int> getNumber = cursor.GetGetter<int>(view.Schema["Number"]);
                ValueGetter<VBuffer<float>> getVector = cursor.GetGetter<VBuffer<float>>(view.Schema["Vector"]);
                (int number, VBuffer<float> vector) = (0, default);
                while (cursor.MoveNext())
                {
                    getNumber(ref number);
                    getVector(ref vector);
                    Assert.Equal(CountingGenerator.UnitOf($"title {number % 50}"), vector.DenseValues());
                    found.Add(number);
                }
            }
        }

        Assert.Equal(Enumerable.Range(0, 100), found.Order());
    }

    [Fact]
    public void It_composes_with_other_estimators_and_a_prediction_engine()
    {
        var pipeline = _mlContext.Transforms.CopyColumns("Words", "Title")
            .Append(Featurize("Words"))
            .Append(_mlContext.Transforms.Concatenate("All", "Vector", "Weight"));
        IDataView data = _mlContext.Data.LoadFromEnumerable(Rows(20));
        ITransformer fitted = pipeline.Fit(data);

        Assert.Empty(_generator.Requests);    // fitting encodes nothing
        using var engine = _mlContext.Model.CreatePredictionEngine<Row, Encoded>(fitted);
        Assert.Equal([.. CountingGenerator.UnitOf("a new title"), .5f], engine.Predict(new Row { Title = "a new title", Weight = .5f }).All);
        Assert.Equal([.. CountingGenerator.UnitOf("another"), 2], engine.Predict(new Row { Title = "another", Weight = 2 }).All);
        Assert.Equal(CountingGenerator.UnitOf("title 7"), fitted.Transform(data).GetColumn<float[]>("All").ElementAt(7)[..4]);
    }

    [Fact]
    public void The_output_column_has_the_announced_type_and_annotations()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(Rows(1));
        TextVectorEstimator estimator = Featurize("Title");
        TextVectorTransformer fitted = estimator.Fit(data);
        DataViewSchema.Column column = fitted.GetOutputSchema(data.Schema)["Vector"];
        SchemaShape.Column announced = estimator.GetOutputSchema(AnnouncedSchema.ShapeOf(data.Schema)).Single(c => c.Name == "Vector");

        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 4), column.Type);
        Assert.Equal(SchemaShape.Column.VectorKind.Vector, announced.Kind);
        Assert.Equal(NumberDataViewType.Single, announced.ItemType);
        Assert.Equal(announced.Annotations.Select(a => a.Name).Order(), column.Annotations.Schema.Select(a => a.Name).Order());
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetSlotNames(ref names);
        string identity = fitted.Encoder.Identity[..12];
        Assert.Equal([$"text {identity} 1", $"text {identity} 2", $"text {identity} 3", $"text {identity} 4"], names.DenseValues().Select(name => name.ToString()));
        Assert.True(column.IsNormalized());
    }

    [Theory]
    [InlineData("Label", "There is no column \"Label\" with text; the input has Number, Weight, Title, Notes. Name its columns with text in the argument inputColumnNames.")]
    [InlineData("Number", "Column \"Number\" is of type Int32, but only text or a vector of text can be encoded; convert it with Transforms.Conversion.ConvertType (DataKind.String).")]
    public void A_column_that_is_missing_or_holds_no_text_is_one_sentence_before_and_after_fitting(string name, string sentence)
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(Rows(1));

        Assert.Equal(sentence, Assert.Throws<ArgumentException>(() => Featurize(name).Fit(data)).Message);
        Assert.Equal(sentence, Assert.Throws<ArgumentException>(() => Featurize(name).GetOutputSchema(AnnouncedSchema.ShapeOf(data.Schema))).Message);
    }

    [Fact]
    public void A_column_of_keys_is_sent_back_to_text()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(Rows(9));
        var pipeline = _mlContext.Transforms.Conversion.MapValueToKey("Key", "Title").Append(Featurize("Key"));

        Assert.EndsWith(
            "map its keys back with Transforms.Conversion.MapKeyToValue.", Assert.Throws<ArgumentException>(() => pipeline.GetOutputSchema(AnnouncedSchema.ShapeOf(data.Schema))).Message, StringComparison.Ordinal);
        IDataView cured = _mlContext.Transforms.Conversion.MapValueToKey("Key", "Title")
            .Append(_mlContext.Transforms.Conversion.MapKeyToValue("Key")).Append(Featurize("Key")).Fit(data).Transform(data);
        Assert.Equal(CountingGenerator.UnitOf("title 2"), cured.GetColumn<float[]>("Vector").ElementAt(2));
    }

    [Fact]
    public void Names_must_be_given_once_and_not_be_empty()
    {
        TextEncoder encoder = TextEncoder.From(_generator, "test");

        Assert.Equal("There is no input column; name at least one column with text.", Error([]));
        Assert.Equal("Input column 2 has no name; name a column with text.", Error(["Title", ""]));
        Assert.Equal("Input column \"Title\" is given twice; name each column once.", Error(["Title", "Title"]));

        string Error(string[] inputs) => Assert.Throws<ArgumentException>(() => _mlContext.SequenceRecommendation().Text.Featurize("Vector", inputs, encoder)).Message;
    }

    [Fact]
    public void A_context_that_was_cancelled_stops_the_encoding()
    {
        IDataView view = Transform(Rows(100), "Title");
        typeof(MLContext).GetMethod("CancelExecution", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)!.Invoke(_mlContext, null);

        Assert.Throws<OperationCanceledException>(() => view.GetColumn<float[]>("Vector").ToArray());
    }

    private static List<(int Number, float[] Vector)> Pairs(IDataView view)
    {
        var pairs = new List<(int, float[])>();
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        ValueGetter<int> getNumber = cursor.GetGetter<int>(view.Schema["Number"]);
        ValueGetter<VBuffer<float>> getVector = cursor.GetGetter<VBuffer<float>>(view.Schema["Vector"]);
        (int number, VBuffer<float> vector) = (0, default);
        while (cursor.MoveNext())
        {
            getNumber(ref number);
            getVector(ref vector);
            pairs.Add((number, [.. vector.DenseValues()]));
        }

        return pairs;
    }

    private TextVectorEstimator Featurize(params string[] inputs) =>
        _mlContext.SequenceRecommendation().Text.Featurize("Vector", inputs, TextEncoder.From(_generator, "test"));

    private IDataView Transform(Row[] rows, params string[] inputs)
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(rows);
        return Featurize(inputs).Fit(data).Transform(data);
    }

    private sealed class Row
    {
        public int Number { get; set; }

        public float Weight { get; set; }

        public string Title { get; set; } = "";

        public string[] Notes { get; set; } = [];
    }

    private sealed class Encoded
    {
        public float[] All { get; set; } = [];
    }

    /// <summary>Gives the rows of one view to the first cursor and those of another to later ones.</summary>
    private sealed class UnsteadyView(IDataView first, IDataView later) : IDataView
    {
        private int _cursors;

        public bool CanShuffle => false;

        public DataViewSchema Schema => first.Schema;

        public long? GetRowCount() => first.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
            _cursors++ == 0 ? first.GetRowCursor(columnsNeeded, rand) : later.GetRowCursor(later.Schema.Where(c => columnsNeeded.Any(n => n.Name == c.Name)), rand);

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];
    }
}
