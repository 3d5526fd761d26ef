using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>Ids of text: one string per distinct id, none per row.</summary>
internal sealed class TextIdColumn : IdColumn
{
    private readonly ValueGetter<ReadOnlyMemory<char>> _getter;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _codeOf;
    private readonly List<ReadOnlyMemory<char>> _distinct = [];
    private ReadOnlyMemory<char> _value;

    public TextIdColumn(DataViewRow cursor, DataViewSchema.Column column)
    {
        _getter = cursor.GetGetter<ReadOnlyMemory<char>>(column);
        _codeOf = new Dictionary<string, int>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public override int DistinctCount => _distinct.Count;

    public override bool Read()
    {
        _getter(ref _value);
        return !_value.IsEmpty;
    }

    public override SequenceColumn ToScalarColumn(DataViewSchema.Column source) =>
        new ScalarColumn<ReadOnlyMemory<char>>(source.Name, source.Type, DataViewSchema.Annotations.Empty, [.. _distinct]);

    public override SequenceColumn ToVectorColumn(string name, DataViewSchema.Column source, int[] codes, int[] offsets) =>
        new CodedVectorColumn<ReadOnlyMemory<char>>(
            name, TextDataViewType.Instance, DataViewSchema.Annotations.Empty, [.. _distinct], codes, offsets);

    protected override int Encode()
    {
        if (!_codeOf.TryGetValue(_value.Span, out int code))
        {
            string text = _value.ToString();
            code = _distinct.Count;
            _codeOf.Dictionary.Add(text, code);
            _distinct.Add(text.AsMemory());
        }

        return code;
    }
}
