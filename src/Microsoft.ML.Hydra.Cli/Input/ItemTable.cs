using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>Items read from a file: a view for the trainer, and what was read.</summary>
internal sealed class ItemTable
{
    private readonly MLContext _mlContext;
    private readonly IReadOnlyList<ItemRow> _rows;

    /// <param name="mlContext">The context of the view.</param>
    /// <param name="file">Where the items are from.</param>
    /// <param name="rows">The items.</param>
    public ItemTable(MLContext mlContext, TableFile file, IReadOnlyList<ItemRow> rows)
    {
        _mlContext = mlContext;
        File = file;
        _rows = rows;
    }

    public TableFile File { get; }

    /// <summary>The column of the file with the item.</summary>
    public required string IdColumn { get; init; }

    /// <summary>The columns of the file with words.</summary>
    public required IReadOnlyList<string> WordColumns { get; init; }

    /// <summary>The columns of the file with numbers.</summary>
    public required IReadOnlyList<string> NumberColumns { get; init; }

    /// <summary>Names of the numbers of an encoder, which follow those of the file; empty without one.</summary>
    public IReadOnlyList<string> VectorNames { get; init; } = [];

    /// <summary>The columns of the file that are not used.</summary>
    public required IReadOnlyList<string> LeftOut { get; init; }

    /// <summary>Whether the rows say the domain of the item.</summary>
    public bool HasDomains { get; init; }

    /// <summary>Rows that were skipped.</summary>
    public required long RowsWithoutId { get; init; }

    /// <summary>What may be wrong with the columns.</summary>
    public required IReadOnlyList<string> Hints { get; init; }

    public int NumberOfItems => _rows.Count;

    public IEnumerable<string> Ids => _rows.Select(row => row.ItemId);

    /// <summary>Cells of the columns with numbers that are empty.</summary>
    public long EmptyNumbers => _rows.Sum(row => row.Features.Take(NumberColumns.Count).LongCount(float.IsNaN));

    /// <summary>Items of which nothing is known.</summary>
    public int ItemsWithoutAny => _rows.Count(row => row.Features.All(float.IsNaN) && !row.Text.Any(text => text.Any(char.IsLetterOrDigit)));

    /// <summary>The same items with more numbers.</summary>
    /// <param name="names">Their names.</param>
    /// <param name="vectors">The numbers of each item, in the order of the items.</param>
    public ItemTable WithVectors(IReadOnlyList<string> names, IEnumerable<float[]> vectors) =>
        new(_mlContext, File, [.. _rows.Zip(vectors, (row, vector) => new ItemRow { ItemId = row.ItemId, Domain = row.Domain, Text = row.Text, Features = [.. row.Features, .. vector] })])
        {
            IdColumn = IdColumn,
            WordColumns = WordColumns,
            NumberColumns = NumberColumns,
            VectorNames = names,
            HasDomains = HasDomains,
            LeftOut = LeftOut,
            RowsWithoutId = RowsWithoutId,
            Hints = Hints,
        };

    /// <summary>
    /// The columns that <see cref="HydraSequenceRecommendationTrainer.Options.Items"/> expects: the item, its words (a vector with a slot for each
    /// column of the file, where there is one) and its numbers (likewise, and then those of an encoder). The slots are named as in the file.
    /// </summary>
    /// <param name="options">The names of the columns.</param>
    public IDataView ToView(HydraSequenceRecommendationTrainer.Options options)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(ItemRow));
        schema[nameof(ItemRow.ItemId)].ColumnName = options.ItemIdColumnName;
        Define(nameof(ItemRow.Text), options.ItemTextColumnName, TextDataViewType.Instance, WordColumns);
        Define(nameof(ItemRow.Features), options.ItemFeaturesColumnName, NumberDataViewType.Single, [.. NumberColumns, .. VectorNames]);
        if (!HasDomains)
        {
            schema.Remove(schema.Single(column => column.MemberName == nameof(ItemRow.Domain)));
        }

        return _mlContext.Data.LoadFromEnumerable(_rows, schema);

        void Define(string member, string name, PrimitiveDataViewType type, IReadOnlyList<string> slots)
        {
            SchemaDefinition.Column column = schema.Single(column => column.MemberName == member);
            if (slots.Count == 0)
            {
                schema.Remove(column);
                return;
            }

            column.ColumnName = name;
            column.ColumnType = new VectorDataViewType(type, slots.Count);
            ReadOnlyMemory<char>[] names = [.. slots.Select(slot => slot.AsMemory())];
            column.AddAnnotation("SlotNames", new VBuffer<ReadOnlyMemory<char>>(names.Length, names), new VectorDataViewType(TextDataViewType.Instance, names.Length));
        }
    }
}

/// <summary>What is known of one item.</summary>
internal sealed class ItemRow
{
    public string ItemId { get; set; } = string.Empty;

    /// <summary>Its domain; empty for one domain.</summary>
    public string Domain { get; set; } = string.Empty;

    /// <summary>Its words, one text for each column.</summary>
    public string[] Text { get; set; } = [];

    /// <summary>Its numbers, one for each column and then those of an encoder; NaN where nothing is known.</summary>
    public float[] Features { get; set; } = [];
}
