using System.Numerics;
using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Items;

/// <summary>
/// Two-way map between item ids, as a column holds them, and embedding rows <c>1 .. Count</c>; row 0 is padding.
/// Immutable and safe for many threads.
/// </summary>
internal abstract class ItemVocabulary
{
    /// <summary>What a search gives for an id that is not missing but not in the vocabulary either.</summary>
    public const int Unknown = -1;

    /// <summary>Number of items, without the padding row.</summary>
    public abstract int Count { get; }

    /// <summary>Type of one item: text, a number type, or a key type.</summary>
    public abstract PrimitiveDataViewType ItemType { get; }

    /// <summary>The item's id as text, invariant culture; of a key its value, or its number when it has no values.</summary>
    /// <param name="row">1 .. <see cref="Count"/>.</param>
    public abstract string NameOf(int row);

    /// <summary>The item's id as <see cref="Find"/> takes it: a string, an integer, or a key's value (its number without values).</summary>
    /// <param name="row">1 .. <see cref="Count"/>.</param>
    public abstract object IdOf(int row);

    /// <summary>
    /// The row of an id given as an object: a string, an integer of any width, or a key's value (its number when the keys
    /// have no values). 0 when the id is missing or unknown.
    /// </summary>
    /// <exception cref="ArgumentException">The id is of a type that the items do not have.</exception>
    public abstract int Find(object? id);

    /// <summary>The ids in the type that they have outside.</summary>
    /// <exception cref="ArgumentException">They are of another type than <typeparamref name="TItem"/>.</exception>
    public IItemIds<TItem> Ids<TItem>() => TypedIds as IItemIds<TItem> ?? throw new ArgumentException(
        $"Items were given as {typeof(TItem).Name}, but the model's items are {IdType.Name}; give items of that type, one by one or as an array or a span of them.");

    /// <summary>Type of an id outside.</summary>
    protected abstract Type IdType { get; }

    /// <summary>An <see cref="IItemIds{TItem}"/> of <see cref="IdType"/>.</summary>
    protected virtual object TypedIds => this;

    /// <summary>Checks that a scalar or vector column holds items of this vocabulary.</summary>
    /// <exception cref="ArgumentException">It does not; the message says what to do.</exception>
    public abstract void CheckColumn(DataViewSchema.Column column);

    /// <summary>A reader of a vector column that passed <see cref="CheckColumn"/> and is active in the row.</summary>
    public abstract HistoryReader CreateHistoryReader(DataViewRow row, DataViewSchema.Column column);

    /// <summary>A reader of a scalar column that passed <see cref="CheckColumn"/> and is active in the row.</summary>
    public abstract LabelReader CreateLabelReader(DataViewRow row, DataViewSchema.Column column);

    /// <summary>
    /// A <c>ValueGetter&lt;VBuffer&lt;T&gt;&gt;</c>, <c>T</c> the raw type of <see cref="ItemType"/>, that gives the ids of the
    /// rows that <paramref name="rows"/> gives at that moment, in their order.
    /// </summary>
    public abstract Delegate CreateItemsGetter(ItemRowsSource rows);

    /// <summary>Adds <c>KeyValues</c> when the items are keys with values, so that <c>MapKeyToValue</c> works.</summary>
    public virtual void AddKeyValues(DataViewSchema.Annotations.Builder annotations)
    {
    }

    /// <summary>Adds all ids, row 1 first, as a vector of <see cref="ItemType"/>; nothing when the items are keys.</summary>
    public abstract void AddItemIds(DataViewSchema.Annotations.Builder annotations, string name);

    /// <summary>Adds <c>SlotNames</c>: the text of every item, row 1 first.</summary>
    public void AddSlotNames(DataViewSchema.Annotations.Builder annotations)
    {
        void GetNames(ref VBuffer<ReadOnlyMemory<char>> names)
        {
            VBufferEditor<ReadOnlyMemory<char>> editor = VBufferEditor.Create(ref names, Count);
            for (int i = 0; i < Count; i++)
            {
                editor.Values[i] = NameOf(i + 1).AsMemory();
            }

            names = editor.Commit();
        }

        annotations.Add<VBuffer<ReadOnlyMemory<char>>>(
            "SlotNames", new VectorDataViewType(TextDataViewType.Instance, Count), GetNames);
    }

    /// <summary>
    /// For every row of this vocabulary the row of the same item in another one: <c>[Count + 1]</c>, 0 where it has none.
    /// Keys are matched by value, and by number when either side has no values.
    /// </summary>
    /// <exception cref="InvalidOperationException">The two hold different types of items.</exception>
    public abstract int[] MapRowsTo(ItemVocabulary newer);

    /// <summary>The vocabulary that <see cref="AddItemIds"/> left in an annotation.</summary>
    /// <param name="annotations">The annotations of a column.</param>
    /// <param name="name">The annotation: a vector of distinct ids, row 1 first.</param>
    /// <param name="itemType">Type of one id: text or an integer type.</param>
    public static ItemVocabulary FromAnnotation(
        DataViewSchema.Annotations annotations, string name, PrimitiveDataViewType itemType) =>
        itemType is TextDataViewType
            ? TextItemVocabulary.FromAnnotation(annotations, name)
            : IntegerTypes.Visit(itemType.RawType, new IntegerAnnotationReader(annotations, name));

    /// <summary>Writes the vocabulary as one versioned entry and leaves the stream open.</summary>
    public void Write(Stream stream) => ItemVocabularyFormat.Write(this, stream);

    /// <summary>Reads what <see cref="Write"/> wrote, to the end of the stream, with memory bounded by its length.</summary>
    /// <exception cref="InvalidDataException">The entry is truncated, corrupted, or of another version.</exception>
    public static ItemVocabulary Read(Stream stream) => ItemVocabularyFormat.Read(stream);

    /// <summary>Writes everything but the version and the kind.</summary>
    public abstract void WriteContent(BinaryWriter writer);

    /// <summary>The type of one item of a scalar or vector column.</summary>
    protected static DataViewType ItemTypeOf(DataViewSchema.Column column) =>
        column.Type is VectorDataViewType vector ? vector.ItemType : column.Type;

    private protected InvalidOperationException CannotMapTo(ItemVocabulary newer) => new(
        $"The earlier model was trained on items of type {ItemType}, the data now has {newer.ItemType}; a warm start needs items of the same type.");

    private sealed class IntegerAnnotationReader(DataViewSchema.Annotations annotations, string name)
        : IIntegerTypeVisitor<ItemVocabulary>
    {
        public ItemVocabulary Visit<T>() where T : struct, IBinaryInteger<T>, IMinMaxValue<T> =>
            IntegerItemVocabulary<T>.FromAnnotation(annotations, name);
    }
}
