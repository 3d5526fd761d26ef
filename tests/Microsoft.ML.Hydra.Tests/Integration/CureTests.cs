using Microsoft.Data.Analysis;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Tests.Sequences;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>Every cure that a message about data names is carried out, and the data are read afterwards.</summary>
public sealed class CureTests : IDisposable
{
    private const string Csv = "UserId,ItemId,Timestamp\n1,30,1700000003\n1,10,1700000001\n1,20,1700000002\n";

    private readonly MLContext _ml = new(1);
    private readonly string _folder = Directory.CreateTempSubdirectory("cures").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Ids_of_floating_types_are_loaded_as_integers_or_text_or_become_keys()
    {
        foreach (IDataView interactions in new[]
        {
            Interactions.Load<int, float, long>(_ml, (1, 30, 3), (1, 10, 1), (1, 20, 2)),
            Interactions.Load<int, double, long>(_ml, (1, 30, 3), (1, 10, 1), (1, 20, 2)),
        })
        {
            string message = Assert.Throws<ArgumentException>(() => Interactions.Group(_ml, interactions)).Message;

            AssertNames(message, "item column 'ItemId'", "DataKind.Int64 or DataKind.String in a TextLoader column", "long or string property with LoadColumn", "MapValueToKey");
            Assert.DoesNotContain("ConvertType", message, StringComparison.Ordinal);
            Assert.ThrowsAny<Exception>(() => Convert(interactions, "ItemId", DataKind.Int64));   // why it is not named
            IDataView keys = Interactions.Group(_ml, Fit(_ml.Transforms.Conversion.MapValueToKey("ItemId"), interactions));
            IDataView values = Fit(_ml.Transforms.Conversion.MapKeyToValue("Items"), keys);
            Assert.Equal(
                [10.0, 20, 30],
                values.Schema["Items"].Type is VectorDataViewType { ItemType.RawType: Type type } && type == typeof(float)
                    ? [.. values.GetColumn<float[]>("Items").Single().Select(item => (double)item)]
                    : values.GetColumn<double[]>("Items").Single());
        }

        Assert.Equal([10, 20, 30], Interactions.Group(_ml, LoadText(DataKind.Int64, DataKind.Int64)).GetColumn<long[]>("Items").Single());
        Assert.Equal(["10", "20", "30"], Interactions.Group(_ml, LoadText(DataKind.String, DataKind.Int64)).GetColumn<string[]>("Items").Single());
        Assert.Equal([10, 20, 30], Interactions.Group(_ml, LoadRows<LongRow>()).GetColumn<long[]>("Items").Single());
        Assert.Equal(["10", "20", "30"], Interactions.Group(_ml, LoadRows<TextRow>()).GetColumn<string[]>("Items").Single());
    }

    [Fact]
    public void Ids_of_other_types_become_keys()
    {
        AssertKeys(new DateTime(2024, 1, 1), new DateTime(2023, 1, 1));
        AssertKeys(true, false);
        AssertKeys(TimeSpan.FromHours(2), TimeSpan.FromHours(1));

        void AssertKeys<T>(T first, T second)
        {
            IDataView interactions = Interactions.Load<int, T, long>(_ml, (1, first, 1), (1, second, 2));
            string message = Assert.Throws<ArgumentException>(() => Interactions.Group(_ml, interactions)).Message;

            AssertNames(message, "make keys of its values with Transforms.Conversion.MapValueToKey");
            Assert.Equal([1u, 2u], Interactions.Group(_ml, Fit(_ml.Transforms.Conversion.MapValueToKey("ItemId"), interactions)).GetColumn<uint[]>("Items").Single());
        }
    }

    [Fact]
    public void Sequences_of_floating_items_become_keys()
    {
        IDataView sequences = _ml.Data.LoadFromEnumerable([new Sequence<float[]> { Items = [3, 1] }, new Sequence<float[]> { Items = [1, 2] }]);
        var trainer = _ml.SequenceRecommendation().Trainers.Hydra();

        AssertNames(Assert.Throws<ArgumentException>(() => trainer.Fit(sequences)).Message, "\"Items\"", "MapValueToKey");
        AssertNames(
            Assert.ThrowsAny<ArgumentException>(() => trainer.GetOutputSchema(AnnouncedSchema.ShapeOf(sequences.Schema))).Message, "\"Items\"", "MapValueToKey");
        IDataView keys = Fit(_ml.Transforms.Conversion.MapValueToKey("Items"), sequences);
        Assert.Equal(3, SequenceReader.Read(keys, "Items").Vocabulary.Count);
        Assert.NotNull(trainer.GetOutputSchema(AnnouncedSchema.ShapeOf(keys.Schema)));
    }

    [Fact]
    public void Times_of_type_single_that_are_rounded_are_refused_wherever_they_are_read()
    {
        string[] expected = ["'Timestamp", "is of type Single and holds 1700000000", "up to 16777216", "DataKind.Int64", "LoadColumn", "dataTypes of DataFrame.LoadCsv"];
        IDataView rounded = LoadText(DataKind.Int64, DataKind.Single);
        AssertNames(Assert.Throws<InvalidOperationException>(() => Interactions.Group(_ml, rounded)).Message, expected);

        IDataView sequences = _ml.Data.LoadFromEnumerable([new TimedSequence<float> { Items = [1, 2, 3], Timestamps = [1.7e9f, 1.7e9f, 1.8e9f] }]);
        SequenceRecommendationCatalog recommendation = _ml.SequenceRecommendation();
        AssertNames(Assert.Throws<InvalidOperationException>(() => recommendation.SplitByTime(sequences, 0.5)).Message, expected);
        AssertNames(
            Assert.Throws<InvalidOperationException>(
                () => recommendation.SplitByTime(sequences, DateTime.UnixEpoch).TestSet.GetColumn<int>("NextItem").ToArray()).Message,
            expected);
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        options.TimestampsColumnName = "Timestamps";
        AssertNames(Assert.Throws<InvalidOperationException>(() => recommendation.Trainers.Hydra(options).Fit(sequences)).Message, expected);

        // 2^24 itself, missing times and times before the epoch are read.
        IDataView exact = Interactions.Load<int, int, float>(_ml, (1, 1, 1 << 24), (1, 2, -(1 << 24)), (1, 3, float.NaN));
        Assert.Equal([2, 1], Interactions.Group(_ml, exact).GetColumn<int[]>("Items").Single());
    }

    [Fact]
    public void Times_are_loaded_as_integers_or_doubles()
    {
        AssertSorted(LoadText(DataKind.Int64, DataKind.Int64));
        AssertSorted(LoadText(DataKind.Int64, DataKind.Double));
        AssertSorted(LoadRows<LongRow>());

        string path = WriteCsv();
        AssertNames(
            Assert.Throws<ArgumentException>(() => Interactions.Group(_ml, DataFrame.LoadCsv(path))).Message,
            "user column 'UserId' has type Single", "typeof(long) or typeof(string) in the dataTypes of DataFrame.LoadCsv");
        AssertNames(
            Assert.Throws<InvalidOperationException>(
                () => Interactions.Group(_ml, DataFrame.LoadCsv(path, dataTypes: [typeof(string), typeof(long), typeof(float)]))).Message,
            "typeof(long) in the dataTypes of DataFrame.LoadCsv");
        AssertSorted(DataFrame.LoadCsv(path, dataTypes: [typeof(string), typeof(long), typeof(long)]));
        AssertSorted(DataFrame.LoadCsv(path, dataTypes: [typeof(long), typeof(long), typeof(double)]));

        void AssertSorted(IDataView interactions) =>
            Assert.Equal([10, 20, 30], Interactions.Group(_ml, interactions).GetColumn<long[]>("Items").Single());
    }

    [Fact]
    public void Times_that_are_text_or_keys_are_converted()
    {
        IDataView numbers = Interactions.Load<int, int, string>(_ml, (1, 1, "1700000001"), (1, 2, "1700000000"));
        IDataView dates = Interactions.Load<int, int, string>(_ml, (1, 1, "2024-01-02"), (1, 2, "2024-01-01"));
        AssertNames(
            Assert.Throws<ArgumentException>(() => Interactions.Group(_ml, numbers)).Message,
            "DataKind.Int64 or DataKind.DateTime in a TextLoader column", "ConvertType (DataKind.Int64 for numbers, DataKind.DateTime for dates)");
        Assert.Equal([2, 1], Interactions.Group(_ml, Convert(numbers, "Timestamp", DataKind.Int64)).GetColumn<int[]>("Items").Single());
        Assert.Equal([2, 1], Interactions.Group(_ml, Convert(dates, "Timestamp", DataKind.DateTime)).GetColumn<int[]>("Items").Single());

        IDataView keys = Fit(_ml.Transforms.Conversion.MapValueToKey("Timestamp"), Interactions.Load<int, int, long>(_ml, (1, 1, 9), (1, 2, 8)));
        AssertNames(Assert.Throws<ArgumentException>(() => Interactions.Group(_ml, keys)).Message, "MapKeyToValue");
        Assert.Equal([2, 1], Interactions.Group(_ml, Fit(_ml.Transforms.Conversion.MapKeyToValue("Timestamp"), keys)).GetColumn<int[]>("Items").Single());
    }

    [Fact]
    public void The_item_0_becomes_text_or_1()
    {
        IDataView ints = Interactions.Load<int, int, long>(_ml, (1, 0, 1), (1, 5, 2), (2, 0, 3));
        IDataView longs = Interactions.Load<int, long, long>(_ml, (1, 0, 1), (1, 5, 2), (2, 0, 3));
        foreach (IDataView interactions in new[] { ints, longs })
        {
            IDataView grouped = _ml.SequenceRecommendation().GroupInteractions(interactions, new InteractionGroupingOptions(), out InteractionReport report);

            Assert.Equal(1, grouped.GetRowCount());
            Assert.Equal((2, 2), (report.NumberOfRowsWithoutItem, report.NumberOfRowsWithItemZero));
            AssertNames(
                Assert.Single(report.Warnings),
                "2 of them have the item 0 in the integer column 'ItemId'", "0 means missing", "ConvertType (DataKind.String)", "Transforms.Expression");
            Assert.Equal(
                [["0", "5"], ["0"]], Interactions.Group(_ml, Convert(interactions, "ItemId", DataKind.String)).GetColumn<string[]>("Items"));
        }

        Assert.Equal([[1, 6], [1]], Interactions.Group(_ml, Fit(_ml.Transforms.Expression("ItemId", "id => id + 1", "ItemId"), ints)).GetColumn<int[]>("Items"));
        Assert.Equal([[1, 6], [1]], Interactions.Group(_ml, Fit(_ml.Transforms.Expression("ItemId", "id => id + 1", "ItemId"), longs)).GetColumn<long[]>("Items"));
    }

    [Fact]
    public void A_missing_key_and_empty_text_are_not_said_to_be_the_item_0()
    {
        IDataView interactions = Interactions.Load<int, string, long>(_ml, (1, "", 1), (1, "a", 2));
        _ml.SequenceRecommendation().GroupInteractions(interactions, new InteractionGroupingOptions(), out InteractionReport text);
        IDataView keys = Fit(_ml.Transforms.Conversion.MapValueToKey("ItemId"), interactions);
        _ml.SequenceRecommendation().GroupInteractions(keys, new InteractionGroupingOptions(), out InteractionReport key);

        Assert.Equal((1, 0), (text.NumberOfRowsWithoutItem, text.NumberOfRowsWithItemZero));
        Assert.Equal((1, 0), (key.NumberOfRowsWithoutItem, key.NumberOfRowsWithItemZero));
    }

    [Fact]
    public void Items_of_another_type_than_the_models_are_converted_or_mapped_back()
    {
        IDataView numbers = _ml.Data.LoadFromEnumerable([new Sequence<int[]> { Items = [7, 8] }]);
        IDataView texts = _ml.Data.LoadFromEnumerable([new Sequence<string[]> { Items = ["7", "8"] }]);
        ItemVocabulary ofNumbers = SequenceReader.Read(numbers, "Items").Vocabulary;
        ItemVocabulary ofTexts = SequenceReader.Read(texts, "Items").Vocabulary;

        AssertCured(ofNumbers, texts, "ConvertType (DataKind.Int64)", _ml.Transforms.Conversion.ConvertType("Items", outputKind: DataKind.Int64));
        AssertCured(ofTexts, numbers, "ConvertType (DataKind.String)", _ml.Transforms.Conversion.ConvertType("Items", outputKind: DataKind.String));
        AssertCured(ofNumbers, Fit(_ml.Transforms.Conversion.MapValueToKey("Items"), numbers), "MapKeyToValue", _ml.Transforms.Conversion.MapKeyToValue("Items"));
        AssertCured(ofTexts, Fit(_ml.Transforms.Conversion.MapValueToKey("Items"), texts), "MapKeyToValue", _ml.Transforms.Conversion.MapKeyToValue("Items"));

        ITransformer toKeys = _ml.Transforms.Conversion.MapValueToKey("Items").Fit(texts);
        ItemVocabulary ofKeys = SequenceReader.Read(toKeys.Transform(texts), "Items").Vocabulary;
        AssertNames(Assert.Throws<ArgumentException>(() => ofKeys.CheckColumn(texts.Schema["Items"])).Message, "apply the MapValueToKey that was fitted together with the trainer");
        ofKeys.CheckColumn(toKeys.Transform(texts).Schema["Items"]);

        void AssertCured(ItemVocabulary vocabulary, IDataView data, string cure, IEstimator<ITransformer> estimator)
        {
            AssertNames(Assert.Throws<ArgumentException>(() => vocabulary.CheckColumn(data.Schema["Items"])).Message, cure);
            IDataView cured = Fit(estimator, data);
            vocabulary.CheckColumn(cured.Schema["Items"]);
            using DataViewRowCursor cursor = cured.GetRowCursor(cured.Schema);
            var rows = new ItemRowBuffer();
            HistoryReader read = vocabulary.CreateHistoryReader(cursor, cured.Schema["Items"]);
            Assert.True(cursor.MoveNext());
            Assert.Equal(2, read(rows));
            Assert.Equal([1, 2], rows.Detach()[..2]);
        }
    }

    [Fact]
    public void A_user_column_with_the_name_of_a_result_is_copied_to_another_name()
    {
        IDataView interactions = Fit(_ml.Transforms.CopyColumns("Items", "UserId"), Interactions.Load<int, int, long>(_ml, (1, 2, 3)));
        SequenceRecommendationCatalog recommendation = _ml.SequenceRecommendation();

        AssertNames(Assert.Throws<ArgumentException>(() => recommendation.GroupInteractions(interactions, "Items")).Message, "Transforms.CopyColumns");
        IDataView copied = Fit(_ml.Transforms.CopyColumns("Customer", "Items"), interactions);
        Assert.Equal([1], recommendation.GroupInteractions(copied, "Customer").GetColumn<int>("Customer"));
    }

    [Fact]
    public void Events_of_one_time_are_split_by_the_last_event()
    {
        IDataView grouped = Interactions.Group(_ml, Interactions.Load<int, int, long>(_ml, (1, 1, 5), (1, 2, 5)));
        SequenceRecommendationCatalog recommendation = _ml.SequenceRecommendation();

        AssertNames(Assert.Throws<InvalidOperationException>(() => recommendation.SplitByTime(grouped)).Message, "SplitLeaveLastOut");
        Assert.Equal([2], recommendation.SplitLeaveLastOut(grouped).TestSet.GetColumn<int>("NextItem"));
    }

    private static void AssertNames(string message, params string[] parts) =>
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));

    private static IDataView Fit(IEstimator<ITransformer> estimator, IDataView data) => estimator.Fit(data).Transform(data);

    private IDataView Convert(IDataView data, string column, DataKind kind) =>
        Fit(_ml.Transforms.Conversion.ConvertType(column, outputKind: kind), data);

    private string WriteCsv()
    {
        string path = Path.Combine(_folder, "events.csv");
        File.WriteAllText(path, Csv);
        return path;
    }

    private IDataView LoadText(DataKind item, DataKind time) => _ml.Data.CreateTextLoader(
        [new("UserId", DataKind.String, 0), new("ItemId", item, 1), new("Timestamp", time, 2)], separatorChar: ',', hasHeader: true).Load(WriteCsv());

    private IDataView LoadRows<TRow>() => _ml.Data.LoadFromTextFile<TRow>(WriteCsv(), separatorChar: ',', hasHeader: true);

    private sealed class LongRow
    {
        [LoadColumn(0)]
        public string UserId { get; set; } = "";

        [LoadColumn(1)]
        public long ItemId { get; set; }

        [LoadColumn(2)]
        public long Timestamp { get; set; }
    }

    private sealed class TextRow
    {
        [LoadColumn(0)]
        public string UserId { get; set; } = "";

        [LoadColumn(1)]
        public string ItemId { get; set; } = "";

        [LoadColumn(2)]
        public long Timestamp { get; set; }
    }

    private sealed class Sequence<TItems>
    {
        public TItems Items { get; set; } = default!;
    }

    private sealed class TimedSequence<TTime>
    {
        public int[] Items { get; set; } = [];

        public TTime[] Timestamps { get; set; } = [];
    }
}
