using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Text.Featurizing;

/// <summary>Encodes the text of one row at a time, as <c>PredictionEngine</c> does. Safe for many threads; a row of it is for one thread.</summary>
internal sealed class TextVectorMapper(TextVectorSchema schema, CachedEncoder encoder) : IRowToRowMapper
{
    public DataViewSchema InputSchema => schema.Input;

    public DataViewSchema OutputSchema => schema.Output;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        [.. schema.Needed(schema.FindActive(dependingColumns))];

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(activeColumns);
        return input.Schema == InputSchema
            ? new TextVectorRow(schema, input, encoder, schema.FindActive(activeColumns))
            : throw new ArgumentException("The row has another schema than the one that the mapper was made for; make a mapper for the row's schema.", nameof(input));
    }
}

/// <summary>An input row and its vector. The vector is made once for each position of the input row.</summary>
internal sealed class TextVectorRow(TextVectorSchema schema, DataViewRow input, CachedEncoder encoder, bool[] active) : DataViewRow
{
    private readonly Func<string>? _text = active[^1] ? schema.TextOf(input) : null;
    private float[]? _vector;
    private long _position = -1;
    private bool _disposed;

    public override DataViewSchema Schema => schema.Output;

    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => schema.IsAdded(column)
        ? active[column.Index]
        : input.IsColumnActive(schema.Input[column.Index]);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => schema.IsAdded(column)
        ? VectorGetter.Create<TValue>(column, active[column.Index], Current)
        : input.GetGetter<TValue>(schema.Input[column.Index]);

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            input.Dispose();
        }

        base.Dispose(disposing);
    }

    private float[] Current()
    {
        long position = input.Position;
        if (_vector is null || position < 0 || position != _position)
        {
            _vector = encoder.Encode([_text!()])[0];
            _position = position;
        }

        return _vector;
    }
}
