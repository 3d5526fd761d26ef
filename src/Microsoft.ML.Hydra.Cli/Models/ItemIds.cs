using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Cli.Models;

/// <summary>Converts ids between the text of the command line and the item type of the model.</summary>
internal static class ItemIds
{
    private static readonly Dictionary<Type, DataKind> IntegerKinds = new()
    {
        [typeof(sbyte)] = DataKind.SByte,
        [typeof(byte)] = DataKind.Byte,
        [typeof(short)] = DataKind.Int16,
        [typeof(ushort)] = DataKind.UInt16,
        [typeof(int)] = DataKind.Int32,
        [typeof(uint)] = DataKind.UInt32,
        [typeof(long)] = DataKind.Int64,
        [typeof(ulong)] = DataKind.UInt64,
    };

    /// <summary>Turns a vector of text into the item type of the model.</summary>
    /// <exception cref="UserErrorException">The model takes keys or another type that text cannot be converted to.</exception>
    public static IDataView ToModelType(MLContext mlContext, IDataView sequences, string column, DataViewType itemType) =>
        itemType is TextDataViewType
            ? sequences
            : mlContext.Transforms.Conversion.ConvertType(column, outputKind: IntegerKind(itemType)).Fit(sequences).Transform(sequences);

    /// <summary>The predicted items as text, whatever their type.</summary>
    public static IDataView ToText(MLContext mlContext, IDataView recommended, string column) =>
        ((VectorDataViewType)recommended.Schema[column].Type).ItemType is TextDataViewType
            ? recommended
            : mlContext.Transforms.Conversion.ConvertType(column, outputKind: DataKind.String).Fit(recommended).Transform(recommended);

    /// <summary>Whether a text can be an id of the model at all.</summary>
    public static bool CanBeId(ReadOnlySpan<char> text, DataViewType itemType) =>
        itemType is TextDataViewType
        || (Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out Int128 value) && Fits(value, IntegerKind(itemType)));

    /// <summary>Checks every id of a column before it is converted.</summary>
    /// <exception cref="UserErrorException">An id cannot be one of the model's.</exception>
    public static void Check(IDataView sequences, string column, DataViewType itemType, CancellationToken cancellationToken)
    {
        if (itemType is TextDataViewType)
        {
            return;
        }

        using DataViewRowCursor cursor = sequences.GetRowCursor([sequences.Schema[column]]);
        ValueGetter<VBuffer<ReadOnlyMemory<char>>> read = cursor.GetGetter<VBuffer<ReadOnlyMemory<char>>>(sequences.Schema[column]);
        VBuffer<ReadOnlyMemory<char>> items = default;
        while (cursor.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            read(ref items);
            foreach (ReadOnlyMemory<char> item in items.GetValues())
            {
                if (!CanBeId(item.Span, itemType))
                {
                    throw new UserErrorException($"The data hold the item '{item}', but the model's items are {itemType}; expected the ids that it was trained on.");
                }
            }
        }
    }

    private static DataKind IntegerKind(DataViewType itemType) =>
        itemType is NumberDataViewType && IntegerKinds.TryGetValue(itemType.RawType, out DataKind kind)
            ? kind
            : throw new UserErrorException(
                $"The model's items are {itemType}; the command line recommends with text and integer items only, others need the pipeline they were trained in.");

    private static bool Fits(Int128 value, DataKind kind) => kind switch
    {
        DataKind.SByte => value >= sbyte.MinValue && value <= sbyte.MaxValue,
        DataKind.Byte => value >= byte.MinValue && value <= byte.MaxValue,
        DataKind.Int16 => value >= short.MinValue && value <= short.MaxValue,
        DataKind.UInt16 => value >= ushort.MinValue && value <= ushort.MaxValue,
        DataKind.Int32 => value >= int.MinValue && value <= int.MaxValue,
        DataKind.UInt32 => value >= uint.MinValue && value <= uint.MaxValue,
        DataKind.UInt64 => value >= ulong.MinValue && value <= ulong.MaxValue,
        _ => value >= long.MinValue && value <= long.MaxValue,
    };
}
