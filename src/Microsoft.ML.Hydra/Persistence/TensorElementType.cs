namespace Microsoft.ML.Hydra.Persistence;

/// <summary>What one element of a stored tensor is; always little-endian.</summary>
internal enum TensorElementType
{
    /// <summary>32-bit float, "F32".</summary>
    Float32,

    /// <summary>64-bit float, "F64".</summary>
    Float64,

    /// <summary>Signed 32-bit integer, "I32".</summary>
    Int32,

    /// <summary>Signed 64-bit integer, "I64".</summary>
    Int64,
}
