using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>Ids of an integer or key type.</summary>
internal sealed class NumberIdColumn<T>(DataViewRow cursor, DataViewSchema.Column column, bool zeroIsMissing) : IdColumn
    where T : struct, IBinaryInteger<T>
{
    private readonly ValueGetter<T> _getter = cursor.GetGetter<T>(column);
    private readonly Dictionary<T, int> _codeOf = [];
    private readonly List<T> _distinct = [];
    private T _value;

    public override int DistinctCount => _distinct.Count;

    public override bool Read()
    {
        _getter(ref _value);
        return !(zeroIsMissing && T.IsZero(_value));
    }

    public override SequenceColumn ToScalarColumn(DataViewSchema.Column source) =>
        new ScalarColumn<T>(source.Name, source.Type, SchemaLookup.KeyValuesOf(source), [.. _distinct]);

    public override SequenceColumn ToVectorColumn(string name, DataViewSchema.Column source, int[] codes, int[] offsets) =>
        new CodedVectorColumn<T>(
            name, (PrimitiveDataViewType)source.Type, SchemaLookup.KeyValuesOf(source), [.. _distinct], codes, offsets);

    protected override int Encode()
    {
        ref int code = ref CollectionsMarshal.GetValueRefOrAddDefault(_codeOf, _value, out bool known);
        if (!known)
        {
            code = _distinct.Count;
            _distinct.Add(_value);
        }

        return code;
    }
}
