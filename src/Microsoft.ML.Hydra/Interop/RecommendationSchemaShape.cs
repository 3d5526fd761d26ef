using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Scoring;
using Kind = Microsoft.ML.SchemaShape.Column.VectorKind;

namespace Microsoft.ML.Hydra.Interop;

/// <summary>The schema of the trainer's output, before anything is fitted.</summary>
internal static class RecommendationSchemaShape
{
    /// <summary>The input's columns and those that the fitted transformer adds.</summary>
    /// <exception cref="ArgumentException">The items column, or the timestamps or domain column where one is set, is missing or of another type.</exception>
    public static SchemaShape Add(SchemaShape input, HydraSequenceRecommendationTrainer.Options options)
    {
        SchemaShape.Column items = Find(input, options.ItemsColumnName) ?? throw new ArgumentException(
            $"There is no column \"{options.ItemsColumnName}\" with the items of a sequence; the input has {string.Join(", ", input.Select(c => c.Name))}. Name the items column with ItemsColumnName.");
        if (items.Kind == Kind.Scalar || !(items.IsKey || SequenceReader.IsItemType(items.ItemType)))
        {
            throw new ArgumentException(
                $"Column \"{items.Name}\" is a {items.Kind} of {items.ItemType}, but the items of a sequence must be a vector of text, of an integer type or of keys; group interactions with GroupInteractions, or {ColumnCure.ForIds(items.ItemType)}.");
        }

        if (options.TimestampsColumnName is string name)
        {
            CheckTimes(input, name);
        }

        if (options.DomainColumnName is string domain)
        {
            CheckDomain(input, domain);
        }

        List<SchemaShape.Column> added =
        [
            Column(RecommendationColumns.PredictedItems, Kind.VariableVector, items.ItemType, items.IsKey, KeyValuesOf(items)),
            Column(RecommendationColumns.Score, Kind.VariableVector, NumberDataViewType.Single),
        ];
        if (Find(input, options.LabelColumnName) is not null)
        {
            added.Add(Column(RecommendationColumns.LabelRank, Kind.Scalar, NumberDataViewType.Int32));
        }

        if (options.IncludeCatalogScores)
        {
            var names = new SchemaShape([Column("SlotNames", Kind.Vector, TextDataViewType.Instance)]);
            added.Add(Column(
                RecommendationColumns.CatalogScores, Kind.Vector, NumberDataViewType.Single, annotations: names));
        }

        return new SchemaShape(input.Where(c => added.All(a => a.Name != c.Name)).Concat(added));
    }

    // For keys the item type is that of the values behind them.
    private static SchemaShape.Column Column(string name, Kind kind, DataViewType itemType, bool isKey = false, SchemaShape? annotations = null) =>
        new(name, kind, itemType, isKey, annotations);

    private static void CheckTimes(SchemaShape input, string name)
    {
        SchemaShape.Column times = Find(input, name) ?? throw TimedHistory.Missing(name, input.Select(c => c.Name));
        if (times.Kind == Kind.Scalar || times.IsKey || !TimestampType.IsTime(times.ItemType))
        {
            throw TimedHistory.Mistyped(name, $"{times.Kind} of {times.ItemType}");
        }
    }

    private static void CheckDomain(SchemaShape input, string name)
    {
        SchemaShape.Column domain = Find(input, name) ?? throw DomainColumn.Missing(name, "the input", input.Select(c => c.Name));
        if (domain.Kind != Kind.Scalar || !(domain.IsKey || SequenceReader.IsItemType(domain.ItemType)))
        {
            throw DomainColumn.Mistyped(name, "the input", $"{domain.Kind} of {domain.ItemType}");
        }
    }

    private static SchemaShape.Column? Find(SchemaShape shape, string name) =>
        shape.Where(c => c.Name == name).Select(c => (SchemaShape.Column?)c).FirstOrDefault();

    private static SchemaShape? KeyValuesOf(SchemaShape.Column items) =>
        items.IsKey && items.Annotations.Any(a => a.Name == "KeyValues")
            ? new SchemaShape(items.Annotations.Where(a => a.Name == "KeyValues"))
            : null;
}
