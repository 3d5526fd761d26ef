using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Interop;

/// <summary>Makes columns of a <see cref="SchemaShape"/>, for <c>GetOutputSchema</c> of an estimator.</summary>
internal static class SchemaShapeColumns
{
    /// <summary>One column.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="kind">Scalar, vector of known size, or vector of variable size.</param>
    /// <param name="itemType">Type of a value: neither a vector nor a key; for keys the type behind them.</param>
    /// <param name="isKey">Whether the values are keys.</param>
    /// <param name="annotations">Shape of its annotations, or <see langword="null"/> for none.</param>
    public static SchemaShape.Column Create(
        string name,
        SchemaShape.Column.VectorKind kind,
        DataViewType itemType,
        bool isKey = false,
        SchemaShape? annotations = null) => new(name, kind, itemType, isKey, annotations);
}
