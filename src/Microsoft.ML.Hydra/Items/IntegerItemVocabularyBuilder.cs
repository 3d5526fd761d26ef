using System.Numerics;
using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Items;

/// <summary>Gives integer ids rows in order of first appearance.</summary>
internal sealed class IntegerItemVocabularyBuilder<T> : ItemVocabularyBuilder
    where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
{
    private readonly Dictionary<T, int> _rows;
    private readonly List<T> _ids;

    /// <param name="earlier">Ids whose rows are kept, or <see langword="null"/>.</param>
    public IntegerItemVocabularyBuilder(IntegerItemVocabulary<T>? earlier)
    {
        _ids = earlier is null ? [] : [.. earlier.Ids];
        _rows = new Dictionary<T, int>(_ids.Count);
        foreach (T id in _ids)
        {
            _rows.Add(id, _rows.Count + 1);
        }
    }

    /// <summary>The id's row, a new one when it has none yet; 0 for 0.</summary>
    public int GetOrAdd(T id)
    {
        if (T.IsZero(id))
        {
            return 0;
        }

        if (!_rows.TryGetValue(id, out int row))
        {
            _ids.Add(id);
            row = _ids.Count;
            _rows.Add(id, row);
        }

        return row;
    }

    public override HistoryReader CreateHistoryReader(DataViewRow row, DataViewSchema.Column column)
    {
        Type rawType = ((VectorDataViewType)column.Type).ItemType.RawType;
        return rawType == typeof(T)
            ? ItemReaders.History<T>(row, column, GetOrAdd)
            : IntegerTypes.Visit(rawType, new ConvertingReaderFactory(this, row, column));
    }

    public override ItemVocabulary Build() => new IntegerItemVocabulary<T>([.. _ids], _rows);

    private sealed class ConvertingReaderFactory(IntegerItemVocabularyBuilder<T> builder, DataViewRow row, DataViewSchema.Column column)
        : IIntegerTypeVisitor<HistoryReader>
    {
        public HistoryReader Visit<TColumn>() where TColumn : struct, IBinaryInteger<TColumn>, IMinMaxValue<TColumn> =>
            ItemReaders.History<TColumn>(row, column, id => IntegerTypes.TryConvert(id, out T converted)
                ? builder.GetOrAdd(converted)
                : throw new InvalidOperationException(
                    $"Item {id} in column \"{column.Name}\" does not fit {typeof(T).Name}, the item type of the earlier model to start from; train without it."));
    }
}
