using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>A vector column with values of <typeparamref name="T"/>; sparse vectors are made dense.</summary>
internal sealed class TypedSequenceVector<T>(DataViewRow source, DataViewSchema.Column column) : SequenceVector(column.Name)
{
    private readonly ValueGetter<VBuffer<T>> _getter = source.GetGetter<VBuffer<T>>(column);
    private VBuffer<T> _loaded;
    private VBuffer<T> _dense;

    public override int Count => _loaded.Length;

    /// <summary>The values loaded last.</summary>
    public ReadOnlySpan<T> Values => _loaded.IsDense ? _loaded.GetValues() : _dense.GetValues();

    public override void Load()
    {
        _getter(ref _loaded);
        if (!_loaded.IsDense)
        {
            _loaded.CopyToDense(ref _dense);
        }
    }

    public override Delegate CreateHistoryGetter(SplitRowCursor cursor)
    {
        ValueGetter<VBuffer<T>> getter = (ref VBuffer<T> value) =>
        {
            int length = cursor.HistoryLength;
            VBufferEditor<T> editor = VBufferEditor.Create(ref value, length);
            Values[..length].CopyTo(editor.Values);
            value = editor.Commit();
        };
        return getter;
    }

    public override Delegate CreateNextGetter(SplitRowCursor cursor)
    {
        ValueGetter<T> getter = (ref T value) => value = Values[cursor.HistoryLength];
        return getter;
    }
}
