using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>The columns of an input and, after them, those that a plan adds. Checks the input's columns when made.</summary>
internal sealed class RecommendationSchema
{
    /// <exception cref="ArgumentException">The items column or one of times that the model reads is missing, or a column is of another type.</exception>
    public RecommendationSchema(RecommendationPlan plan, DataViewSchema input)
    {
        ScoringModel model = plan.Model;
        Plan = plan;
        Input = input;
        ItemsColumn = SequenceReader.FindItemsColumn(input, model.ItemsColumnName, model.Vocabulary);
        TimestampsColumn = model.TimestampsColumnName is string times ? TimedHistory.FindColumn(input, times) : null;
        LabelColumn = SequenceReader.FindLabelColumn(input, model.LabelColumnName, model.Vocabulary);

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

    /// <summary>The column of <see cref="Input"/> with the item that came next, if it has one.</summary>
    public DataViewSchema.Column? LabelColumn { get; }

    /// <summary>Whether a column of <see cref="Output"/> is an added one.</summary>
    public bool IsAdded(DataViewSchema.Column column) => column.Index >= Input.Count;

    /// <summary>Whether the added column is <c>LabelRank</c>.</summary>
    public bool IsLabelRank(DataViewSchema.Column column) =>
        IsAdded(column) && column.Name == RecommendationColumns.LabelRank;

    /// <summary>Which columns of <see cref="Output"/> are among those asked for.</summary>
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

        if (WantsLabel(active))
        {
            yield return LabelColumn!.Value;
        }
    }

    /// <summary>Whether an active added column needs the label.</summary>
    public bool WantsLabel(bool[] active) => LabelColumn is not null && Output.Any(column => IsLabelRank(column) && active[column.Index]);

    private static void AddScoreKind(DataViewSchema.Annotations.Builder annotations, uint scoreSet, string valueKind)
    {
        annotations.AddPrimitiveValue("ScoreColumnSetId", new KeyDataViewType(typeof(uint), int.MaxValue), scoreSet);
        annotations.AddPrimitiveValue("ScoreColumnKind", TextDataViewType.Instance, "Recommender".AsMemory());
        annotations.AddPrimitiveValue("ScoreValueKind", TextDataViewType.Instance, valueKind.AsMemory());
    }

    /// <summary>One more than the largest number that ML.NET's scorers gave their columns.</summary>
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
