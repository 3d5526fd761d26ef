using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>A vector a row: row <c>r</c> is <c>values[offsets[r] .. offsets[r + 1])</c>.</summary>
internal sealed class VectorColumn<T>(string name, PrimitiveDataViewType type, T[] values, int[] offsets)
    : SequenceColumn(name, new VectorDataViewType(type), DataViewSchema.Annotations.Empty)
{
    public override Delegate CreateGetter(SequenceRowCursor cursor)
    {
        ValueGetter<VBuffer<T>> getter = (ref VBuffer<T> value) =>
        {
            int start = offsets[cursor.Row];
            int count = offsets[cursor.Row + 1] - start;
            VBufferEditor<T> editor = VBufferEditor.Create(ref value, count);
            values.AsSpan(start, count).CopyTo(editor.Values);
            value = editor.Commit();
        };
        return getter;
    }
}
