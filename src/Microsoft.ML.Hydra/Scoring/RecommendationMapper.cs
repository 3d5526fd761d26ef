using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Scoring;

/// <summary>Recommends for one row at a time, as <c>PredictionEngine</c> does. Safe for many threads; a row of it is for one thread.</summary>
internal sealed class RecommendationMapper : IRowToRowMapper
{
    private readonly RecommendationSchema _schema;

    /// <exception cref="ArgumentException">The items column, or the timestamps column where the model reads one, is missing, or a column is of another type.</exception>
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

/// <summary>
/// An input row with the added columns. All getters share one call of the scorer for each position of the input row. Every source
/// raises the position when its contents change; a <c>PredictionEngine</c> raises it on every prediction.
/// </summary>
internal sealed class RecommendationRow : DataViewRow
{
    private readonly RecommendationSchema _schema;
    private readonly DataViewRow _input;
    private readonly bool[] _active;
    private readonly AddedGetters _added;
    private readonly RoutedHistories? _histories;    // null where nothing is scored
    private CurrentRecommendation? _recommendation;
    private long _scoredPosition = -1;
    private bool _disposed;

    public RecommendationRow(RecommendationSchema schema, DataViewRow input, bool[] active)
    {
        (_schema, _input, _active) = (schema, input, active);
        _added = new AddedGetters(schema, active, GetCurrent);
        _histories = schema.ScoredFrom(active).Any() ? new RoutedHistories(schema, input, active) : null;
    }

    public override DataViewSchema Schema => _schema.Output;

    public override long Position => _input.Position;

    public override long Batch => _input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => _schema.IsAdded(column)
        ? _active[column.Index]
        : _input.IsColumnActive(_schema.Input[column.Index]);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _schema.IsAdded(column)
        ? _added.Get<TValue>(column)
        : _input.GetGetter<TValue>(_schema.Input[column.Index]);

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _input.Dispose();
        }

        base.Dispose(disposing);
    }

    private CurrentRecommendation GetCurrent()
    {
        long position = _input.Position;
        if (position < 0 || position != _scoredPosition)
        {
            _scoredPosition = -1;
            _histories!.Clear();
            _histories.Add();
            _histories.Score();
            _histories.ReportSkipped();
            _recommendation = _histories.MoveTo(0);
            _scoredPosition = position;
        }

        return _recommendation!;
    }
}
