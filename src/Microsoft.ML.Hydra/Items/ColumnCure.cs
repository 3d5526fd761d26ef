using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Items;

/// <summary>What to do with a column of a type that cannot be read: the end of a message. Tests carry out every advice.</summary>
internal static class ColumnCure
{
    private const string LoadInteger = "load it as Int64 or text, with DataKind.Int64 or DataKind.String in a TextLoader column, a long or string property with LoadColumn, or typeof(long) or typeof(string) in the dataTypes of DataFrame.LoadCsv";

    /// <summary>For a column that must hold ids of any kind; floating numbers cannot be converted to integers, and as text they lose digits.</summary>
    public static string ForIds(DataViewType type) => Element(type) is PrimitiveDataViewType element
        ? IsFloating(element)
            ? $"{LoadInteger}, or make keys of its values with Transforms.Conversion.MapValueToKey"
            : "make keys of its values with Transforms.Conversion.MapValueToKey"
        : LoadInteger;

    /// <summary>For a column that must hold integer ids.</summary>
    public static string ForIntegers(DataViewType type, string name) => Element(type) switch
    {
        TextDataViewType => "convert it with Transforms.Conversion.ConvertType (DataKind.Int64)",
        KeyDataViewType => "map its keys back with Transforms.Conversion.MapKeyToValue",
        _ => $"load it as {name}",
    };

    /// <summary>For a column that must hold text ids.</summary>
    public static string ForText(DataViewType type) => Element(type) switch
    {
        KeyDataViewType => "map its keys back with Transforms.Conversion.MapKeyToValue",
        DataViewType element when IntegerType.Of(element) is not null => "convert it with Transforms.Conversion.ConvertType (DataKind.String)",
        _ => "load it as text",
    };

    /// <summary>For a column that must hold times.</summary>
    public static string ForTimes(DataViewType type) => Element(type) switch
    {
        TextDataViewType => "load it as one (DataKind.Int64 or DataKind.DateTime in a TextLoader column, a long or DateTime property with LoadColumn), "
            + "or convert it with Transforms.Conversion.ConvertType (DataKind.Int64 for numbers, DataKind.DateTime for dates)",
        KeyDataViewType => "map its keys back with Transforms.Conversion.MapKeyToValue",
        _ => "load it as one (DataKind.Int64 or DataKind.DateTime in a TextLoader column, a long or DateTime property with LoadColumn)",
    };

    private static DataViewType Element(DataViewType type) => type is VectorDataViewType vector ? vector.ItemType : type;

    private static bool IsFloating(DataViewType type) => type is NumberDataViewType && IntegerType.Of(type) is null;
}
