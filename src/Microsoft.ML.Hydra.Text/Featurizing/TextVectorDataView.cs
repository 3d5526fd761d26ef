using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Text.Featurizing;

/// <summary>
/// A view with a column of vectors, encoded in batches while that column is read. The texts are read ahead through a cursor of their own. Each row also
/// reads its own text: where the source gives its rows in another order the second time, that text is encoded alone and nothing is wrong.
/// </summary>
internal sealed class TextVectorDataView(TextVectorSchema schema, IDataView source, CachedEncoder encoder) : IDataView
{
    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => schema.Output;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        bool[] active = schema.FindActive(columnsNeeded);

        // Two generators of one seed, so that both cursors shuffle alike; one that is not to shuffle takes nothing from the caller's.
        int? seed = CanShuffle ? rand?.Next() : null;
        DataViewRowCursor inStep = source.GetRowCursor(schema.Needed(active), Shuffling());
        try
        {
            LookAheadTexts? ahead = schema.TextsFor(active).Any()
                ? new LookAheadTexts(schema, () => source.GetRowCursor(schema.TextsFor(active), Shuffling()), encoder)
                : null;
            return new TextVectorCursor(schema, inStep, ahead, active);
        }
        catch
        {
            inStep.Dispose();
            throw;
        }

        Random? Shuffling() => seed is int value ? new Random(value) : null;
    }

    /// <inheritdoc/>
    /// <remarks>One cursor: the encoder itself uses the processors, and cursors of a set do not say which rows they will have.</remarks>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];
}

/// <summary>The rows of a source, and their vectors where that column is active.</summary>
internal sealed class TextVectorCursor(TextVectorSchema schema, DataViewRowCursor source, LookAheadTexts? ahead, bool[] active) : DataViewRowCursor
{
    private readonly Func<string>? _text = ahead is null ? null : schema.TextOf(source);
    private long _index = -1;
    private bool _ended;
    private bool _disposed;

    public override DataViewSchema Schema => schema.Output;

    public override long Position => source.Position;

    public override long Batch => source.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => schema.IsAdded(column)
        ? VectorGetter.Create<TValue>(column, active[column.Index], Current)
        : source.GetGetter<TValue>(schema.Input[column.Index]);

    public override bool MoveNext()
    {
        _index++;
        _ended = !source.MoveNext();
        return !_ended;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            ahead?.Dispose();
            source.Dispose();
        }

        base.Dispose(disposing);
    }

    private float[] Current() => _index >= 0 && !_ended
        ? ahead!.VectorOf(_index, _text!())
        : throw new InvalidOperationException("The cursor is not on a row; call MoveNext first, and stop when it returns false.");
}

/// <summary>
/// Reads the texts of a source ahead of its consumer and encodes a window of them at once. Windows start small, so that a consumer of few rows waits for few.
/// Rows that the consumer skips are not encoded.
/// </summary>
internal sealed class LookAheadTexts(TextVectorSchema schema, Func<DataViewRowCursor> open, CachedEncoder encoder) : IDisposable
{
    /// <summary>Most rows in a window.</summary>
    public const int MaximumRows = 256;

    private const int RowsOfFirstWindow = 16;

    private readonly List<string> _texts = [];
    private DataViewRowCursor? _cursor;
    private Func<string>? _read;
    private float[][] _vectors = [];
    private long _windowStart;
    private int _rows = RowsOfFirstWindow;
    private bool _isOfNoUse;

    /// <summary>The vector of a row; rows come in order, and some may be skipped.</summary>
    /// <param name="index">Number of the row, from 0.</param>
    /// <param name="text">Its text.</param>
    public float[] VectorOf(long index, string text)
    {
        if (!_isOfNoUse)
        {
            if (index >= _windowStart + _texts.Count)
            {
                ReadWindow(index);
            }

            int row = (int)(index - _windowStart);
            if (row < _texts.Count && _texts[row] == text)
            {
                return _vectors[row];
            }

            _isOfNoUse = true;    // the source gives other rows in this reading
        }

        return encoder.Encode([text])[0];
    }

    public void Dispose() => _cursor?.Dispose();

    private void ReadWindow(long index)
    {
        _cursor ??= open();
        _read ??= schema.TextOf(_cursor);
        long next = _windowStart + _texts.Count;
        _texts.Clear();
        while (next < index && _cursor.MoveNext())
        {
            next++;
        }

        _windowStart = index;
        while (_texts.Count < _rows && _cursor.MoveNext())
        {
            _texts.Add(_read());
        }

        _vectors = encoder.Encode(_texts);
        _rows = Math.Min(2 * _rows, MaximumRows);
    }
}

/// <summary>The getter of the column with vectors.</summary>
internal static class VectorGetter
{
    /// <exception cref="InvalidOperationException">The column is not active, or is of another type.</exception>
    public static ValueGetter<TValue> Create<TValue>(DataViewSchema.Column column, bool isActive, Func<float[]> current)
    {
        if (!isActive)
        {
            throw new InvalidOperationException($"Column \"{column.Name}\" is not active; ask for it when the cursor or row is made.");
        }

        ValueGetter<VBuffer<float>> getter = (ref VBuffer<float> vector) =>
        {
            float[] values = current();
            VBufferEditor<float> editor = VBufferEditor.Create(ref vector, values.Length);
            values.CopyTo(editor.Values);
            vector = editor.Commit();
        };
        return getter as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"Column \"{column.Name}\" has values of type {typeof(VBuffer<float>)}, not {typeof(TValue)}.");
    }
}
