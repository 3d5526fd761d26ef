using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Features;

/// <summary>The columns of a view that describes items.</summary>
/// <param name="Id">The item.</param>
/// <param name="Text">Its words, text or a vector of text; the view need not have it.</param>
/// <param name="Features">Its numbers, a vector of Single; the view need not have it.</param>
/// <param name="Domain">Its domain; null where there is one domain only.</param>
internal sealed record ItemColumns(string Id, string Text, string Features, string? Domain = null)
{
    /// <summary>The columns that options name.</summary>
    public static ItemColumns Of(TrainerOptions options) => new(options.ItemIdColumnName, options.ItemTextColumnName, options.ItemFeaturesColumnName, options.DomainColumnName);
}

/// <summary>What is known of items besides the events: their words and numbers, by item row. Read from a view.</summary>
/// <param name="Vocabulary">The items that were known before, in their rows, and after them those that the view adds, in its order.</param>
/// <param name="Tokens">The tokens of each item row, ascending; null of an item that the view does not have. Null without a text column.</param>
/// <param name="Numbers">The numbers of each item row; NaN where one is not known. Null without a column of numbers.</param>
/// <param name="IsDescribed">Whether the view has an item row.</param>
internal sealed record ItemContent(ItemVocabulary Vocabulary, int[]?[]? Tokens, SparseRows? Numbers, bool[] IsDescribed)
{
    /// <summary>The domain of each item row, <see cref="ItemDomains.None"/> of an item that the view does not have; empty without a column of domains.</summary>
    public int[] DomainOfItems { get; init; } = [];

    /// <summary>Slot names of the column of words; empty where it has none.</summary>
    public IReadOnlyList<string> TextNames { get; init; } = [];

    /// <summary>Slot names of the column of numbers; empty where it has none.</summary>
    public IReadOnlyList<string> NumberNames { get; init; } = [];

    /// <summary>What changes the numbers during the training; null where they stay.</summary>
    public LearnedNumbers? Learned { get; init; }
}

/// <summary>Reads a view that describes items, once.</summary>
/// <param name="view">A row an item.</param>
/// <param name="columns">Its columns.</param>
/// <param name="known">The items that are known; others are appended to them.</param>
/// <param name="numberOfDomain">Gives the number of a domain, or throws where it may not be; null where there is one domain only.</param>
internal sealed class ItemContentReader(IDataView view, ItemColumns columns, ItemVocabulary known, Func<string, int>? numberOfDomain = null)
{
    private readonly List<int[]?> _tokens = [];
    private readonly List<VBuffer<float>?> _numbers = [];
    private readonly List<bool> _described = [];
    private readonly List<int> _domains = [];

    /// <summary>Reads the view.</summary>
    /// <param name="throwIfCancelled">Asked at every row.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">A row has no item, an item of an earlier row, an infinite number, or no domain where there are several.</exception>
    public ItemContent Read(Action throwIfCancelled)
    {
        DataViewSchema.Column id = FindId();
        DataViewSchema.Column? text = FindText(), numbers = FindNumbers();
        if (text is null && numbers is null)
        {
            throw new ArgumentException(
                $"The view of items has neither a column \"{columns.Text}\" with words nor a column \"{columns.Features}\" with numbers; it has {Names()}. Name one with ItemTextColumnName or ItemFeaturesColumnName.");
        }

        DataViewSchema.Column? domain = columns.Domain is null || numberOfDomain is null ? null : DomainColumn.Find(view.Schema, columns.Domain, "the view of items");
        ItemVocabularyBuilder builder = ItemVocabularyBuilder.Extending(known);
        DataViewSchema.Column[] read = [id, .. new[] { text, numbers, domain }.OfType<DataViewSchema.Column>()];
        using (DataViewRowCursor cursor = view.GetRowCursor(read))
        {
            LabelReader readItem = builder.CreateItemReader(cursor, id);
            Func<int[]>? readTokens = text is { } words ? TokenReader(cursor, words) : null;
            Func<VBuffer<float>>? readNumbers = numbers is { } vector ? NumberReader(cursor, vector) : null;
            DomainReader? readDomain = domain is { } column ? DomainColumn.CreateReader(cursor, column) : null;
            for (long row = 1; cursor.MoveNext(); row++)
            {
                throwIfCancelled();
                int item = readItem();
                if (!TryClaim(item, row))
                {
                    throw new InvalidOperationException(
                        $"Row {row} of the view of items describes item {builder.Build().NameOf(item)} of column \"{columns.Id}\", which an earlier row describes too; keep one row for each item.");
                }

                _tokens[item] = readTokens?.Invoke();
                _numbers[item] = readNumbers?.Invoke();
                _domains[item] = readDomain is null ? ItemDomains.None : numberOfDomain!(readDomain() ?? throw new InvalidOperationException(
                    $"Row {row} of the view of items has no domain in column \"{columns.Domain}\" (empty text or a missing key); write the domain of the item in each row."));
            }
        }

        ItemVocabulary vocabulary = builder.Build();
        Extend(vocabulary.Count);
        return new ItemContent(
            vocabulary, text is null ? null : [.. _tokens], numbers is { } vectors ? Rows(((VectorDataViewType)vectors.Type).Size) : null, [.. _described])
        {
            DomainOfItems = domain is null ? [] : [.. _domains],
            TextNames = SlotNames(text), NumberNames = SlotNames(numbers),
        };
    }

    private static string[] SlotNames(DataViewSchema.Column? column)
    {
        if (column is not { } named || !named.HasSlotNames())
        {
            return [];
        }

        VBuffer<ReadOnlyMemory<char>> names = default;
        named.GetSlotNames(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    private DataViewSchema.Column FindId()
    {
        DataViewSchema.Column column = view.Schema.GetColumnOrNull(columns.Id) ?? throw new ArgumentException(
            $"The view of items has no column \"{columns.Id}\" with the item; it has {Names()}. Name the column with ItemIdColumnName.");
        if (column.Type is VectorDataViewType)
        {
            throw new ArgumentException($"Column \"{columns.Id}\" of the view of items is of type {column.Type}, but a row describes one item: give one id in each row.");
        }

        known.CheckColumn(column);
        return column;
    }

    private DataViewSchema.Column? FindText()
    {
        DataViewSchema.Column? column = view.Schema.GetColumnOrNull(columns.Text);
        return column is null || ItemTypeOf(column.Value) is TextDataViewType ? column : throw new ArgumentException(
            $"Column \"{columns.Text}\" of the view of items is of type {column.Value.Type}, but words are read from text or from a vector of text; name another column with ItemTextColumnName.");
    }

    private DataViewSchema.Column? FindNumbers()
    {
        DataViewSchema.Column? column = view.Schema.GetColumnOrNull(columns.Features);
        if (column?.Type is VectorDataViewType { IsKnownSize: false } && ItemTypeOf(column.Value) == NumberDataViewType.Single)
        {
            throw new ArgumentException(
                $"Column \"{columns.Features}\" of the view of items is a vector of Single of an unknown size, but each item must have the same n numbers; write [VectorType(n)] on the property of the row class, or set the ColumnType in a SchemaDefinition.");
        }

        return column is null || (column.Value.Type is VectorDataViewType { Size: > 0 } vector && vector.ItemType == NumberDataViewType.Single)
            ? column
            : throw new ArgumentException(
                $"Column \"{columns.Features}\" of the view of items is of type {column.Value.Type}, but numbers are read from a vector of Single of a known size; make one with Transforms.Conversion.ConvertType (DataKind.Single) and Transforms.Concatenate, or name another column with ItemFeaturesColumnName.");
    }

    private string Names() => string.Join(", ", view.Schema.Where(column => !column.IsHidden).Select(column => $"\"{column.Name}\""));

    private static DataViewType ItemTypeOf(DataViewSchema.Column column) => column.Type is VectorDataViewType vector ? vector.ItemType : column.Type;

    // Whether no earlier row has the item
    private bool TryClaim(int item, long row)
    {
        if (item == 0)
        {
            throw new InvalidOperationException(
                $"Row {row} of the view of items has no item in column \"{columns.Id}\" (empty text, 0, or a key that is missing or out of range); leave such rows out.");
        }

        Extend(item);
        bool isFirst = !_described[item];
        _described[item] = true;
        return isFirst;
    }

    private void Extend(int item)
    {
        while (_described.Count <= item)
        {
            _tokens.Add(null);
            _numbers.Add(null);
            _described.Add(false);
            _domains.Add(ItemDomains.None);
        }
    }

    private static Func<int[]> TokenReader(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is VectorDataViewType)
        {
            ValueGetter<VBuffer<ReadOnlyMemory<char>>> getTexts = row.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column);
            VBuffer<ReadOnlyMemory<char>> texts = default;
            return () =>
            {
                getTexts(ref texts);
                return WordTokens.Of(texts.GetValues());
            };
        }

        ValueGetter<ReadOnlyMemory<char>> getText = row.GetGetter<ReadOnlyMemory<char>>(column);
        ReadOnlyMemory<char> text = default;
        return () =>
        {
            getText(ref text);
            return WordTokens.Of([text]);
        };
    }

    private Func<VBuffer<float>> NumberReader(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<float>> getNumbers = row.GetGetter<VBuffer<float>>(column);
        return () =>
        {
            VBuffer<float> numbers = default;
            getNumbers(ref numbers);
            foreach (float number in numbers.GetValues())
            {
                if (float.IsInfinity(number))
                {
                    throw new InvalidOperationException(
                        $"Row {row.Position + 1} of the view of items has an infinite number in column \"{columns.Features}\"; replace it, for example by NaN, which means not known.");
                }
            }

            return numbers;
        };
    }

    private SparseRows Rows(int size)
    {
        var rows = new SparseRowsBuilder();
        foreach (VBuffer<float>? numbers in _numbers)
        {
            foreach ((int place, float value) in numbers?.Items() ?? [])
            {
                if (value != 0)
                {
                    rows.Add(place, value);
                }
            }

            rows.EndRow();
        }

        return rows.Build(size);
    }
}

/// <summary>Numbers of items that learn with the sequence model: those of a language model that is trained end to end.</summary>
internal abstract class LearnedNumbers
{
    /// <summary>Steps of the sequence model between two updates; at least 1. Their gradients are added.</summary>
    public abstract int StepsPerUpdate { get; }

    /// <summary>Changes the numbers.</summary>
    /// <param name="items">The item of each row.</param>
    /// <param name="gradient">Sum over the steps of the gradient of the loss by the numbers, <c>[I + 1, n]</c>; zeros for an item that has none.</param>
    /// <param name="numbers">The numbers, <c>[I + 1, n]</c>; changed in place.</param>
    public abstract void Update(ItemVocabulary items, float[] gradient, float[] numbers);
}
