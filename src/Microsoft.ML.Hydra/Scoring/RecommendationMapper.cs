using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>Recommends for one row at a time, as <c>PredictionEngine</c> does. Safe for many threads; each of its rows is not.</summary>
internal sealed class RecommendationMapper : IRowToRowMapper
{
    private readonly RecommendationSchema _schema;

    /// <exception cref="ArgumentException">The items column or one of times that the model reads is missing, or a column is of another type.</exception>
    public RecommendationMapper(RecommendationPlan plan, DataViewSchema inputSchema) =>
        _schema = new RecommendationSchema(plan, inputSchema);

    public DataViewSchema InputSchema => _schema.Input;

    public DataViewSchema OutputSchema => _schema.Output;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        bool[] active = _schema.FindActive(dependingColumns);
        return [.. _schema.PassedThrough(active).Concat(_schema.ScoredFrom(active)).DistinctBy(column => column.Index)];
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(activeColumns);
        return input.Schema == InputSchema
            ? new RecommendationRow(_schema, input, _schema.FindActive(activeColumns))
            : throw new ArgumentException("The row has another schema than the one that the mapper was made for; make a mapper for the row's schema.", nameof(input));
    }
}
