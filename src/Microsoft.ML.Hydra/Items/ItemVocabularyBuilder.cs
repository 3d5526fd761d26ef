using System.Numerics;
using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Items;

/// <summary>Builds a vocabulary while the training sequences are read: rows in order of first appearance.</summary>
internal abstract class ItemVocabularyBuilder
{
    /// <summary>A reader that gives every new item the next row.</summary>
    public abstract HistoryReader CreateHistoryReader(DataViewRow row, DataViewSchema.Column column);

    /// <summary>The finished vocabulary; the builder and its readers are not used afterwards.</summary>
    public abstract ItemVocabulary Build();

    /// <summary>A builder for the items of a vector column that <see cref="SequenceReader.FindItemsColumn"/> accepted.</summary>
    /// <param name="column">The column to be read.</param>
    /// <param name="earlier">
    /// Vocabulary of a model to start from: its rows are kept and new items appended. Keys bring their own rows, so an earlier
    /// key vocabulary has no effect. <see langword="null"/> starts empty.
    /// </param>
    public static ItemVocabularyBuilder Create(DataViewSchema.Column column, ItemVocabulary? earlier)
    {
        PrimitiveDataViewType itemType = ((VectorDataViewType)column.Type).ItemType;
        if (itemType is KeyDataViewType)
        {
            return earlier is null or KeyItemVocabulary
                ? new KeyItemVocabularyBuilder(KeyItemVocabulary.FromColumn(column))
                : throw Mismatch(column, earlier);
        }

        if (earlier is null)
        {
            return itemType is TextDataViewType
                ? new TextItemVocabularyBuilder(null)
                : IntegerTypes.Visit(itemType.RawType, new IntegerBuilderFactory());
        }

        return earlier is KeyItemVocabulary || earlier is TextItemVocabulary != itemType is TextDataViewType
            ? throw Mismatch(column, earlier)
            : earlier is TextItemVocabulary text
                ? new TextItemVocabularyBuilder(text)
                : IntegerTypes.Visit(earlier.ItemType.RawType, new IntegerBuilderFactory(earlier));
    }

    private static ArgumentException Mismatch(DataViewSchema.Column column, ItemVocabulary earlier) => new(
        $"Column \"{column.Name}\" is of type {column.Type}, but the earlier model to start from was trained on items of type {earlier.ItemType}; a warm start needs items of the same type.");

    private sealed class IntegerBuilderFactory(ItemVocabulary? earlier = null) : IIntegerTypeVisitor<ItemVocabularyBuilder>
    {
        public ItemVocabularyBuilder Visit<T>() where T : struct, IBinaryInteger<T>, IMinMaxValue<T> =>
            new IntegerItemVocabularyBuilder<T>((IntegerItemVocabulary<T>?)earlier);
    }
}
