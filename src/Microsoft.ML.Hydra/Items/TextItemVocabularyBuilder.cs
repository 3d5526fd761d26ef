namespace Microsoft.ML.Hydra.Items;

/// <summary>Gives text ids rows in order of first appearance; only new ids allocate.</summary>
internal sealed class TextItemVocabularyBuilder : ItemVocabularyBuilder
{
    private readonly Dictionary<string, int> _rows;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly List<string> _ids;

    /// <param name="earlier">Ids whose rows are kept, or <see langword="null"/>.</param>
    public TextItemVocabularyBuilder(TextItemVocabulary? earlier)
    {
        _ids = earlier is null ? [] : [.. earlier.Ids];
        _rows = new Dictionary<string, int>(_ids.Count, StringComparer.Ordinal);
        _lookup = _rows.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string id in _ids)
        {
            _rows.Add(id, _rows.Count + 1);
        }
    }

    /// <summary>The id's row, a new one when it has none yet; 0 for empty text.</summary>
    public int GetOrAdd(ReadOnlyMemory<char> id)
    {
        if (id.IsEmpty)
        {
            return 0;
        }

        if (!_lookup.TryGetValue(id.Span, out int row))
        {
            string text = id.ToString();
            _ids.Add(text);
            row = _ids.Count;
            _rows.Add(text, row);
        }

        return row;
    }

    public override HistoryReader CreateHistoryReader(DataViewRow row, DataViewSchema.Column column) =>
        ItemReaders.History<ReadOnlyMemory<char>>(row, column, GetOrAdd);

    public override ItemVocabulary Build() => new TextItemVocabulary([.. _ids], _rows);
}
