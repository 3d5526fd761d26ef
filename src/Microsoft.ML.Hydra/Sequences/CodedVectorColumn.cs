using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>A vector a row: row <c>r</c> is the <paramref name="distinct"/> values of <c>codes[offsets[r] .. offsets[r + 1])</c>.</summary>
internal sealed class CodedVectorColumn<T>(
    string name, PrimitiveDataViewType type, DataViewSchema.Annotations annotations, T[] distinct, int[] codes, int[] offsets)
    : SequenceColumn(name, new VectorDataViewType(type), annotations)
{
    public override Delegate CreateGetter(SequenceRowCursor cursor)
    {
        ValueGetter<VBuffer<T>> getter = (ref VBuffer<T> value) =>
        {
            ReadOnlySpan<int> row = codes.AsSpan(offsets[cursor.Row]..offsets[cursor.Row + 1]);
            VBufferEditor<T> editor = VBufferEditor.Create(ref value, row.Length);
            for (int i = 0; i < row.Length; i++)
            {
                editor.Values[i] = distinct[row[i]];
            }

            value = editor.Commit();
        };
        return getter;
    }
}
