using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>One value a row.</summary>
internal sealed class ScalarColumn<T>(string name, DataViewType type, DataViewSchema.Annotations annotations, T[] values)
    : SequenceColumn(name, type, annotations)
{
    public override Delegate CreateGetter(SequenceRowCursor cursor)
    {
        ValueGetter<T> getter = (ref T value) => value = values[cursor.Row];
        return getter;
    }
}
