using System.Diagnostics;

namespace Microsoft.ML.Hydra.Persistence;

/// <summary>Names, sizes and array types of the element types.</summary>
internal static class TensorElementTypes
{
    /// <summary>Bytes per element.</summary>
    public static int Size(this TensorElementType type) => type switch
    {
        TensorElementType.Float32 or TensorElementType.Int32 => 4,
        TensorElementType.Float64 or TensorElementType.Int64 => 8,
        _ => throw new UnreachableException(),
    };

    /// <summary>The name in a safetensors header.</summary>
    public static string Code(this TensorElementType type) => type switch
    {
        TensorElementType.Float32 => "F32",
        TensorElementType.Float64 => "F64",
        TensorElementType.Int32 => "I32",
        TensorElementType.Int64 => "I64",
        _ => throw new UnreachableException(),
    };

    /// <summary>The type of a name in a safetensors header; null for one that is not supported here.</summary>
    public static TensorElementType? FromCode(string? code) => code switch
    {
        "F32" => TensorElementType.Float32,
        "F64" => TensorElementType.Float64,
        "I32" => TensorElementType.Int32,
        "I64" => TensorElementType.Int64,
        _ => null,
    };

    /// <summary>The type of an array's elements; null for an array that cannot be stored.</summary>
    public static TensorElementType? FromArray(Array data)
    {
        // The runtime lets a uint[] pass as an int[], so the exact type is asked for.
        Type type = data.GetType();
        return type == typeof(float[]) ? TensorElementType.Float32
            : type == typeof(double[]) ? TensorElementType.Float64
            : type == typeof(int[]) ? TensorElementType.Int32
            : type == typeof(long[]) ? TensorElementType.Int64
            : null;
    }
}
