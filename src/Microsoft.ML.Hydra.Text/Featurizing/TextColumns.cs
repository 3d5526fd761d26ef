using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Text.Featurizing;

/// <summary>The names of the columns with texts, and of the column with their vectors.</summary>
internal sealed record TextColumns
{
    /// <exception cref="ArgumentException">A name is empty, there is no input column, or one is given twice.</exception>
    public TextColumns(string output, IReadOnlyList<string> inputs)
    {
        if (inputs.Count == 0 || inputs.Any(string.IsNullOrEmpty))
        {
            throw new ArgumentException(
                inputs.Count == 0 ? "There is no input column; name at least one column with text." : $"Input column {inputs.ToList().FindIndex(string.IsNullOrEmpty) + 1} has no name; name a column with text.");
        }

        if (inputs.GroupBy(name => name).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"Input column \"{twice.Key}\" is given twice; name each column once.");
        }

        (Output, Inputs) = (output, [.. inputs]);
    }

    /// <summary>The column with the vectors.</summary>
    public string Output { get; }

    /// <summary>The columns with texts, in the order in which they are joined.</summary>
    public IReadOnlyList<string> Inputs { get; }

    /// <summary>The columns of a schema.</summary>
    /// <exception cref="ArgumentException">One is missing or holds no text.</exception>
    public DataViewSchema.Column[] Find(DataViewSchema schema) =>
    [
        .. Inputs.Select(name =>
        {
            DataViewSchema.Column column = schema.GetColumnOrNull(name) ?? throw Missing(name, schema.Where(other => !other.IsHidden).Select(other => other.Name));
            return ElementOf(column.Type) is TextDataViewType ? column : throw Mistyped(name, column.Type.ToString()!, ElementOf(column.Type));
        }),
    ];

    /// <summary>The error for a column that is not there.</summary>
    /// <param name="name">The column.</param>
    /// <param name="others">The columns that are there.</param>
    public static ArgumentException Missing(string name, IEnumerable<string> others) =>
        new($"There is no column \"{name}\" with text; the input has {string.Join(", ", others)}. Name its columns with text in the argument inputColumnNames.");

    /// <summary>The error for a column of another type.</summary>
    /// <param name="name">The column.</param>
    /// <param name="found">Its type, for people.</param>
    /// <param name="element">The type of its elements.</param>
    public static ArgumentException Mistyped(string name, string found, DataViewType element) =>
        new($"Column \"{name}\" is of type {found}, but only text or a vector of text can be encoded; {Items.ColumnCure.ForText(element)}.");

    private static DataViewType ElementOf(DataViewType type) => type is VectorDataViewType vector ? vector.ItemType : type;
}

/// <summary>The columns of an input and, after them, the column with vectors. The constructor checks the columns of the input.</summary>
internal sealed class TextVectorSchema
{
    /// <summary>Digits of the identity in the names of the slots.</summary>
    public const int IdentityDigits = 12;

    private readonly DataViewSchema.Column[] _texts;

    /// <exception cref="ArgumentException">An input column is missing or holds no text.</exception>
    public TextVectorSchema(TextColumns columns, TextEncoder encoder, DataViewSchema input)
    {
        (Input, _texts) = (input, columns.Find(input));
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(
            "SlotNames",
            new VectorDataViewType(TextDataViewType.Instance, encoder.Dimension),
            SlotNames(encoder.Identity, encoder.Dimension));
        annotations.AddPrimitiveValue("IsNormalized", BooleanDataViewType.Instance, true);

        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        builder.AddColumn(columns.Output, new VectorDataViewType(NumberDataViewType.Single, encoder.Dimension), annotations.ToAnnotations());
        Output = builder.ToSchema();
    }

    public DataViewSchema Input { get; }

    /// <summary>All columns of <see cref="Input"/> at their places, then that with vectors.</summary>
    public DataViewSchema Output { get; }

    /// <summary>Whether a column of <see cref="Output"/> is that with vectors.</summary>
    public bool IsAdded(DataViewSchema.Column column) => column.Index == Input.Count;

    /// <summary>Which columns of <see cref="Output"/> are among those requested.</summary>
    /// <exception cref="ArgumentException">A column is not one of <see cref="Output"/>.</exception>
    public bool[] FindActive(IEnumerable<DataViewSchema.Column> columns)
    {
        var active = new bool[Output.Count];
        foreach (DataViewSchema.Column column in columns)
        {
            if (column.Index >= active.Length || Output[column.Index].Name != column.Name)
            {
                throw new ArgumentException($"Column \"{column.Name}\" (index {column.Index}) is not one of this view's columns: {string.Join(", ", Output.Select(c => c.Name))}.");
            }

            active[column.Index] = true;
        }

        return active;
    }

    /// <summary>The columns with texts, where the column with vectors is active.</summary>
    public IEnumerable<DataViewSchema.Column> TextsFor(bool[] active) => active[^1] ? _texts : [];

    /// <summary>The columns of <see cref="Input"/> that the active columns need.</summary>
    public IEnumerable<DataViewSchema.Column> Needed(bool[] active) =>
        Input.Where(column => active[column.Index]).Concat(TextsFor(active)).DistinctBy(column => column.Index);

    /// <summary>Reads the text of a row: those of its columns, joined by one space, without the empty ones.</summary>
    /// <param name="row">A row in which the columns with texts are active.</param>
    public Func<string> TextOf(DataViewRow row)
    {
        Action<List<string>>[] readers = [.. _texts.Select(column => ReaderOf(row, column))];
        var parts = new List<string>();
        return () =>
        {
            parts.Clear();
            foreach (Action<List<string>> read in readers)
            {
                read(parts);
            }

            return string.Join(' ', parts);
        };
    }

    // Beginning with the encoder's identity: the vectors of two encoders do not have the same names.
    private static ValueGetter<VBuffer<ReadOnlyMemory<char>>> SlotNames(string identity, int dimension) => (ref VBuffer<ReadOnlyMemory<char>> names) =>
    {
        VBufferEditor<ReadOnlyMemory<char>> editor = VBufferEditor.Create(ref names, dimension);
        for (int i = 0; i < dimension; i++)
        {
            editor.Values[i] = string.Create(CultureInfo.InvariantCulture, $"text {identity.AsSpan(0, IdentityDigits)} {i + 1}").AsMemory();
        }

        names = editor.Commit();
    };

    private static Action<List<string>> ReaderOf(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is VectorDataViewType)
        {
            ValueGetter<VBuffer<ReadOnlyMemory<char>>> getTexts = row.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column);
            VBuffer<ReadOnlyMemory<char>> texts = default;
            return parts =>
            {
                getTexts(ref texts);
                foreach (ReadOnlyMemory<char> text in texts.GetValues())
                {
                    Add(parts, text);
                }
            };
        }

        ValueGetter<ReadOnlyMemory<char>> getText = row.GetGetter<ReadOnlyMemory<char>>(column);
        ReadOnlyMemory<char> single = default;
        return parts =>
        {
            getText(ref single);
            Add(parts, single);
        };
    }

    private static void Add(List<string> parts, ReadOnlyMemory<char> text)
    {
        if (!text.Span.IsWhiteSpace())
        {
            parts.Add(text.ToString());
        }
    }
}
