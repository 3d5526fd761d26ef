using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>A column of a <see cref="SequenceDataView"/>.</summary>
internal abstract class SequenceColumn(string name, DataViewType type, DataViewSchema.Annotations annotations)
{
    public string Name { get; } = name;

    public DataViewType Type { get; } = type;

    public DataViewSchema.Annotations Annotations { get; } = annotations;

    /// <summary>A <see cref="ValueGetter{TValue}"/> of the column's raw type, for the row the cursor is at.</summary>
    public abstract Delegate CreateGetter(SequenceRowCursor cursor);
}
