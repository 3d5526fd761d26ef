using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Items;

/// <summary>Item ids in the type that they have outside, and rows: without boxing, for many threads.</summary>
/// <typeparam name="TItem">Type of an id: string, an integer type, or the type of the keys' values.</typeparam>
internal interface IItemIds<TItem>
{
    /// <summary>The id's row; 0 when it is missing, <see cref="ItemVocabulary.Unknown"/> when it is not in the vocabulary.</summary>
    int FindRow(TItem id);

    /// <summary>The id of a row, 1 .. the vocabulary's count.</summary>
    TItem IdOf(int row);
}

/// <summary>
/// Two-way map between item ids, as a column holds them, and embedding rows <c>1 .. Count</c>; row 0 is padding.
/// Immutable and safe for many threads.
/// </summary>
internal abstract class ItemVocabulary
{
    /// <summary>The row of an id that is not missing and not in the vocabulary.</summary>
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
    protected abstract object TypedIds { get; }

    /// <summary>Checks that a scalar or vector column holds items of this vocabulary.</summary>
    /// <exception cref="ArgumentException">It does not; the message gives a remedy.</exception>
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
    public virtual void AddItemIds(DataViewSchema.Annotations.Builder annotations, string name) =>
        annotations.Add(name, new VectorDataViewType(ItemType, Count), CreateItemsGetter(ItemReaders.AllRows(Count)));

    /// <summary>Adds <c>SlotNames</c>: the text of every item, row 1 first.</summary>
    public void AddSlotNames(DataViewSchema.Annotations.Builder annotations) => annotations.Add(
        "SlotNames",
        new VectorDataViewType(TextDataViewType.Instance, Count),
        ItemReaders.Items(ItemReaders.AllRows(Count), row => NameOf(row).AsMemory()));

    /// <summary>
    /// For every row of this vocabulary the row of the same item in another one: <c>[Count + 1]</c>, 0 where it has none.
    /// Keys are matched by value, and by number when either side has no values.
    /// </summary>
    /// <exception cref="InvalidOperationException">The two hold different types of items.</exception>
    public abstract int[] MapRowsTo(ItemVocabulary newer);

    /// <summary>The first items, and of the others those of some rows.</summary>
    /// <param name="first">How many are kept in their rows.</param>
    /// <param name="rows">The rows of the others that are kept, ascending; each above <paramref name="first"/>.</param>
    public virtual ItemVocabulary Keep(int first, IReadOnlyList<int> rows) => throw new NotSupportedException("Keys bring their own rows.");

    /// <summary>The vocabulary that <see cref="AddItemIds"/> left in an annotation.</summary>
    /// <param name="annotations">The annotations of a column.</param>
    /// <param name="name">The annotation: a vector of distinct ids, row 1 first.</param>
    /// <param name="itemType">Type of one id: text or an integer type.</param>
    public static ItemVocabulary FromAnnotation(
        DataViewSchema.Annotations annotations, string name, PrimitiveDataViewType itemType) =>
        itemType is TextDataViewType
            ? TextItemVocabulary.FromAnnotation(annotations, name)
            : IntegerItemVocabulary.FromAnnotation(annotations, name, IntegerType.Of(itemType)!);

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

    /// <summary>What <see cref="MapRowsTo"/> gives, from what is found for each row.</summary>
    protected int[] MapRows(Func<int, int> find)
    {
        var rows = new int[Count + 1];
        for (int row = 1; row <= Count; row++)
        {
            rows[row] = Math.Max(find(row), 0);
        }

        return rows;
    }

    /// <summary>The error of a vocabulary with another type of items.</summary>
    protected InvalidOperationException CannotMapTo(ItemVocabulary newer) => new(
        $"The earlier model was trained on items of type {ItemType}, the data now has {newer.ItemType}; a warm start needs items of the same type.");
}

/// <summary>Builds a vocabulary while the training sequences are read: rows in order of first appearance.</summary>
internal abstract class ItemVocabularyBuilder
{
    /// <summary>A reader that gives every new item the next row.</summary>
    public abstract HistoryReader CreateHistoryReader(DataViewRow row, DataViewSchema.Column column);

    /// <summary>A reader of a scalar column that <see cref="ItemVocabulary.CheckColumn"/> of the extended vocabulary accepts; it gives every new item the next row.</summary>
    public abstract LabelReader CreateItemReader(DataViewRow row, DataViewSchema.Column column);

    /// <summary>The finished vocabulary; the builder and its readers are not used afterwards.</summary>
    public abstract ItemVocabulary Build();

    /// <summary>A builder that keeps all rows of a vocabulary and appends new items. Keys bring their own rows: nothing is appended to them.</summary>
    public static ItemVocabularyBuilder Extending(ItemVocabulary vocabulary) => vocabulary switch
    {
        TextItemVocabulary text => new TextItemVocabularyBuilder(text),
        IntegerItemVocabulary integers => new IntegerItemVocabularyBuilder(integers.IntegerType, integers),
        _ => new KeyItemVocabularyBuilder((KeyItemVocabulary)vocabulary),
    };

    /// <summary>A builder for the items of a vector column that <see cref="SequenceReader.FindItemsColumn"/> accepted.</summary>
    /// <param name="column">The column to be read.</param>
    /// <param name="earlier">
    /// Vocabulary of a model to start from: its rows are kept and new items appended. Keys bring their own rows, so an earlier
    /// key vocabulary has no effect. <see langword="null"/> starts empty.
    /// </param>
    /// <exception cref="ArgumentException">The earlier vocabulary has another type of items.</exception>
    public static ItemVocabularyBuilder Create(DataViewSchema.Column column, ItemVocabulary? earlier) =>
        (((VectorDataViewType)column.Type).ItemType, earlier) switch
        {
            (KeyDataViewType, null or KeyItemVocabulary) => new KeyItemVocabularyBuilder(KeyItemVocabulary.FromColumn(column)),
            (TextDataViewType, null or TextItemVocabulary) => new TextItemVocabularyBuilder((TextItemVocabulary?)earlier),
            (NumberDataViewType type, null) => new IntegerItemVocabularyBuilder(IntegerType.Of(type)!),
            (NumberDataViewType, IntegerItemVocabulary integers) => new IntegerItemVocabularyBuilder(integers.IntegerType, integers),
            _ => throw new ArgumentException(
                $"Column \"{column.Name}\" is of type {column.Type}, but the earlier model to start from was trained on items of type {earlier!.ItemType}; a warm start needs items of the same type."),
        };
}
