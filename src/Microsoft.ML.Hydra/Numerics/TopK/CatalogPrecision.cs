namespace Microsoft.ML.Hydra.Numerics;

/// <summary>What a query reads of every row of a <see cref="CatalogTable"/>. Results are the same to the bit.</summary>
internal enum CatalogPrecision
{
    /// <summary>The float32 numbers.</summary>
    Float32,

    /// <summary>An int8 copy, a quarter of the bytes, and float32 for the few rows that it does not rule out.</summary>
    Int8,
}
