using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>Names of the columns that a fitted transformer adds.</summary>
internal static class RecommendationColumns
{
    /// <summary>Variable-length vector of items, best first.</summary>
    public const string PredictedItems = "PredictedItems";

    /// <summary>Variable-length vector of Single, aligned with <see cref="PredictedItems"/>.</summary>
    public const string Score = "Score";

    /// <summary>Int32: exact rank of the label among all candidates, from 1; 0 when it is missing, unknown or not a candidate.</summary>
    public const string LabelRank = "LabelRank";

    /// <summary>Vector of Single with the score of every item, named by <c>SlotNames</c>.</summary>
    public const string CatalogScores = "CatalogScores";
}

/// <summary>The columns of an input and, after them, those that a plan adds. The constructor checks the columns of the input.</summary>
internal sealed class RecommendationSchema
{
    /// <exception cref="ArgumentException">The items column, or the timestamps column where the model reads one, is missing, or a column is of another type.</exception>
    public RecommendationSchema(RecommendationPlan plan, DataViewSchema input)
    {
        ScoringModel model = plan.Model;
        Plan = plan;
        Input = input;
        ItemsColumn = SequenceReader.FindItemsColumn(input, model.Columns.Items, model.Vocabulary);
        TimestampsColumn = model.Columns.Timestamps is string times ? TimedHistory.FindColumn(input, times) : null;
        DomainColumn = plan.Domains is { } domains ? Items.DomainColumn.Find(input, domains.Column, "the input") : null;
        LabelColumn = SequenceReader.FindLabelColumn(input, model.Columns.Label, model.Vocabulary);

        uint scoreSet = NextScoreSet(input);
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        var annotations = new DataViewSchema.Annotations.Builder();
        RecommendationAnnotations.Add(annotations, model);
        AddScoreKind(annotations, scoreSet, "PredictedLabel");
        builder.AddColumn(RecommendationColumns.PredictedItems, new VectorDataViewType(model.Vocabulary.ItemType), annotations.ToAnnotations());

        annotations = new DataViewSchema.Annotations.Builder();
        AddScoreKind(annotations, scoreSet, "Score");
        builder.AddColumn(RecommendationColumns.Score, new VectorDataViewType(NumberDataViewType.Single), annotations.ToAnnotations());

        if (LabelColumn is not null)
        {
            builder.AddColumn(RecommendationColumns.LabelRank, NumberDataViewType.Int32);
        }

        if (plan.IncludeCatalogScores)
        {
            annotations = new DataViewSchema.Annotations.Builder();
            model.Vocabulary.AddSlotNames(annotations);
            builder.AddColumn(
                RecommendationColumns.CatalogScores,
                new VectorDataViewType(NumberDataViewType.Single, model.NumberOfItems),
                annotations.ToAnnotations());
        }

        Output = builder.ToSchema();
    }

    public RecommendationPlan Plan { get; }

    public DataViewSchema Input { get; }

    /// <summary>All columns of <see cref="Input"/> at their places, then the added ones.</summary>
    public DataViewSchema Output { get; }

    /// <summary>The column of <see cref="Input"/> with the history.</summary>
    public DataViewSchema.Column ItemsColumn { get; }

    /// <summary>The column of <see cref="Input"/> with the times of the history, where the model reads them.</summary>
    public DataViewSchema.Column? TimestampsColumn { get; }

    /// <summary>The column of <see cref="Input"/> with the domain of the row, where rows of different domains are recommended different items.</summary>
    public DataViewSchema.Column? DomainColumn { get; }

    /// <summary>The column of <see cref="Input"/> with the item that came next, if it has one.</summary>
    public DataViewSchema.Column? LabelColumn { get; }

    /// <summary>Whether a column of <see cref="Output"/> is an added one.</summary>
    public bool IsAdded(DataViewSchema.Column column) => column.Index >= Input.Count;

    /// <summary>Which columns of <see cref="Output"/> are among those requested.</summary>
    /// <exception cref="ArgumentException">A column is not one of <see cref="Output"/>.</exception>
    public bool[] FindActive(IEnumerable<DataViewSchema.Column> columns)
    {
        var active = new bool[Output.Count];
        foreach (DataViewSchema.Column column in columns)
        {
            if (column.Index >= active.Length || Output[column.Index].Name != column.Name)
            {
                throw new ArgumentException($"Column \"{column.Name}\" (index {column.Index}) is not one of the recommendation's columns: {string.Join(", ", Output.Select(c => c.Name))}.");
            }

            active[column.Index] = true;
        }

        return active;
    }

    /// <summary>The columns of <see cref="Input"/> that pass through to the active columns.</summary>
    public IEnumerable<DataViewSchema.Column> PassedThrough(bool[] active) => Input.Where(column => active[column.Index]);

    /// <summary>The columns of <see cref="Input"/> that the active added columns are computed from.</summary>
    public IEnumerable<DataViewSchema.Column> ScoredFrom(bool[] active)
    {
        if (!active[Input.Count..].Contains(true))
        {
            yield break;
        }

        yield return ItemsColumn;
        if (TimestampsColumn is { } times)
        {
            yield return times;
        }

        if (DomainColumn is { } domain)
        {
            yield return domain;
        }

        if (NeedsLabel(active))
        {
            yield return LabelColumn!.Value;
        }
    }

    /// <summary>Whether an active added column needs the label.</summary>
    public bool NeedsLabel(bool[] active) => Output.Any(
        column => IsAdded(column) && column.Name == RecommendationColumns.LabelRank && active[column.Index]);

    private static void AddScoreKind(DataViewSchema.Annotations.Builder annotations, uint scoreSet, string valueKind)
    {
        annotations.AddPrimitiveValue("ScoreColumnSetId", new KeyDataViewType(typeof(uint), int.MaxValue), scoreSet);
        annotations.AddPrimitiveValue("ScoreColumnKind", TextDataViewType.Instance, "Recommender".AsMemory());
        annotations.AddPrimitiveValue("ScoreValueKind", TextDataViewType.Instance, valueKind.AsMemory());
    }

    /// <summary>One more than the largest set number of the columns of other scorers.</summary>
    private static uint NextScoreSet(DataViewSchema input)
    {
        uint largest = 0;
        foreach (DataViewSchema.Column column in input)
        {
            if (column.Annotations.Schema.GetColumnOrNull("ScoreColumnSetId")?.Type is KeyDataViewType { RawType: var raw } && raw == typeof(uint))
            {
                uint scoreSet = 0;
                column.Annotations.GetValue("ScoreColumnSetId", ref scoreSet);
                largest = Math.Max(largest, scoreSet);
            }
        }

        return largest + 1;
    }
}

/// <summary>Getters of the active added columns of a row or a cursor.</summary>
/// <param name="schema">The columns.</param>
/// <param name="active">Which columns of the schema's output are active.</param>
/// <param name="current">The recommendation for the row that a getter is called on.</param>
internal sealed class AddedGetters(RecommendationSchema schema, bool[] active, Func<CurrentRecommendation> current)
{
    private readonly Delegate?[] _getters =
        [.. schema.Output.Skip(schema.Input.Count).Select(column => active[column.Index] ? Create(schema.Plan.Model.Vocabulary, column.Name, current) : null)];

    /// <summary>The getter of an added column.</summary>
    /// <exception cref="InvalidOperationException">The column is not active, or is of another type.</exception>
    public ValueGetter<TValue> Get<TValue>(DataViewSchema.Column column) => _getters[column.Index - schema.Input.Count] switch
    {
        ValueGetter<TValue> typed => typed,
        null => throw new InvalidOperationException($"Column \"{column.Name}\" is not active; ask for it when the cursor or row is made."),
        _ => throw new InvalidOperationException($"Column \"{column.Name}\" has values of type {column.Type.RawType}, not {typeof(TValue)}."),
    };

    private static Delegate Create(ItemVocabulary vocabulary, string columnName, Func<CurrentRecommendation> current) => columnName switch
    {
        RecommendationColumns.PredictedItems => vocabulary.CreateItemsGetter(() => current().Rows),
        RecommendationColumns.Score => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> scores) =>
            Copy(current().Scores, ref scores)),
        RecommendationColumns.LabelRank => (ValueGetter<int>)((ref int rank) => rank = current().LabelRank),
        RecommendationColumns.CatalogScores => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> scores) =>
            Copy(current().CatalogScores, ref scores)),
        _ => throw new UnreachableException(),
    };

    private static void Copy(ReadOnlySpan<float> values, ref VBuffer<float> destination)
    {
        VBufferEditor<float> editor = VBufferEditor.Create(ref destination, values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            editor.Values[i] = float.IsNaN(values[i]) ? float.NegativeInfinity : values[i];
        }

        destination = editor.Commit();
    }
}

/// <summary>The annotations of the column <c>PredictedItems</c>: the whole catalogue, for evaluation without the model.</summary>
internal static class RecommendationAnnotations
{
    /// <summary>Vector of Single: each item's share of the training events, row 1 first; its length is the number of items.</summary>
    public const string ItemPopularity = "ItemPopularity";

    /// <summary>Vector of Int32: each item's training events, row 1 first; as long. A view that an earlier version stored has none.</summary>
    public const string ItemTrainingEvents = "ItemTrainingEvents";

    /// <summary>Vector of the items' type: the ids, row 1 first. Not present when the items are keys, which are the rows.</summary>
    public const string ItemIds = "ItemIds";

    /// <summary>Adds everything that <see cref="TryRead"/> reads, and <c>KeyValues</c> when the items are keys that have them.</summary>
    public static void Add(DataViewSchema.Annotations.Builder annotations, ScoringModel model)
    {
        void GetPopularity(ref VBuffer<float> popularity)
        {
            VBufferEditor<float> editor = VBufferEditor.Create(ref popularity, model.NumberOfItems);
            ReadOnlySpan<int> events = model.TrainingEvents;
            double total = 0;
            foreach (int count in events)
            {
                total += count;
            }

            for (int i = 0; i < events.Length; i++)
            {
                editor.Values[i] = (float)(events[i] / Math.Max(total, 1));
            }

            popularity = editor.Commit();
        }

        void GetTrainingEvents(ref VBuffer<int> events)
        {
            VBufferEditor<int> editor = VBufferEditor.Create(ref events, model.NumberOfItems);
            model.TrainingEvents.CopyTo(editor.Values);
            events = editor.Commit();
        }

        annotations.Add<VBuffer<float>>(
            ItemPopularity, new VectorDataViewType(NumberDataViewType.Single, model.NumberOfItems), GetPopularity);
        annotations.Add<VBuffer<int>>(
            ItemTrainingEvents, new VectorDataViewType(NumberDataViewType.Int32, model.NumberOfItems), GetTrainingEvents);
        model.Vocabulary.AddItemIds(annotations, ItemIds);
        model.Vocabulary.AddKeyValues(annotations);
    }

    /// <summary>Reads the catalogue from a column of predicted items.</summary>
    /// <param name="predictedItems">A vector column.</param>
    /// <param name="catalog">The items, and their popularity.</param>
    /// <returns>False when the column does not come from a fitted transformer, or lost its annotations on the way.</returns>
    public static bool TryRead(DataViewSchema.Column predictedItems, out RecommendationCatalog? catalog)
    {
        catalog = null;
        if (predictedItems.Type is not VectorDataViewType vector || !SequenceReader.IsItemType(vector.ItemType) ||
            !HasVector(predictedItems, ItemPopularity, NumberDataViewType.Single, out int count))
        {
            return false;
        }

        ItemVocabulary vocabulary;
        if (vector.ItemType is KeyDataViewType)
        {
            vocabulary = KeyItemVocabulary.FromColumn(predictedItems);
        }
        else if (HasVector(predictedItems, ItemIds, vector.ItemType, out _))
        {
            vocabulary = ItemVocabulary.FromAnnotation(predictedItems.Annotations, ItemIds, vector.ItemType);
        }
        else
        {
            return false;
        }

        if (vocabulary.Count != count)
        {
            return false;
        }

        int[]? trainingEvents = HasVector(predictedItems, ItemTrainingEvents, NumberDataViewType.Int32, out int events) && events == count
            ? ItemReaders.Annotation<int>(predictedItems.Annotations, ItemTrainingEvents)
            : null;
        catalog = new RecommendationCatalog(vocabulary, ItemReaders.Annotation<float>(predictedItems.Annotations, ItemPopularity), trainingEvents);
        return true;
    }

    private static bool HasVector(DataViewSchema.Column column, string name, PrimitiveDataViewType itemType, out int size)
    {
        var type = column.Annotations.Schema.GetColumnOrNull(name)?.Type as VectorDataViewType;
        size = type?.Size ?? 0;
        return size > 0 && type!.ItemType.Equals(itemType);
    }
}

/// <summary>The catalogue behind a column of predicted items.</summary>
/// <param name="Vocabulary">
/// Turns the column's items into rows: <c>Vocabulary.CreateHistoryReader(cursor, predictedItemsColumn)</c>.
/// </param>
/// <param name="Popularity">The share of training events of row <c>r</c> at index <c>r - 1</c>.</param>
/// <param name="TrainingEvents">The training events of row <c>r</c> at index <c>r - 1</c>; null where the column does not carry them.</param>
internal sealed record RecommendationCatalog(ItemVocabulary Vocabulary, IReadOnlyList<float> Popularity, IReadOnlyList<int>? TrainingEvents)
{
    /// <summary>Size of the catalogue.</summary>
    public int NumberOfItems => Popularity.Count;
}
