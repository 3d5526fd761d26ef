using System.Reflection;
using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>A vector column of the source of a split, read once a row and handed out in two pieces: the history and the next value.</summary>
internal abstract class SequenceVector(string columnName)
{
    public string ColumnName { get; } = columnName;

    /// <summary>Length of the vector loaded last.</summary>
    public abstract int Count { get; }

    /// <summary>The reader of a vector column of any element type.</summary>
    /// <param name="source">A row with the column active.</param>
    /// <param name="column">The column, of a <see cref="VectorDataViewType"/>.</param>
    public static SequenceVector Create(DataViewRow source, DataViewSchema.Column column)
    {
        Type element = ((VectorDataViewType)column.Type).ItemType.RawType;
        return (SequenceVector)Activator.CreateInstance(
            typeof(TypedSequenceVector<>).MakeGenericType(element),
            BindingFlags.Public | BindingFlags.Instance | BindingFlags.DoNotWrapExceptions,
            binder: null,
            args: [source, column],
            culture: null)!;
    }

    /// <summary>Reads the vector of the source's current row.</summary>
    public abstract void Load();

    /// <summary>A getter of the values before the cut, a vector.</summary>
    public abstract Delegate CreateHistoryGetter(SplitRowCursor cursor);

    /// <summary>A getter of the first value after the cut, a scalar.</summary>
    public abstract Delegate CreateNextGetter(SplitRowCursor cursor);
}
