using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Text.Featurizing;
using Kind = Microsoft.ML.SchemaShape.Column.VectorKind;

namespace Microsoft.ML.Hydra.Text.Interop;

/// <summary>The schema of the output of an estimator that adds vectors of texts, before anything is fitted.</summary>
internal static class TextVectorSchemaShape
{
    /// <summary>The input's columns and that with vectors.</summary>
    /// <exception cref="ArgumentException">An input column is missing or holds no text.</exception>
    public static SchemaShape Add(SchemaShape input, TextColumns columns)
    {
        foreach (string name in columns.Inputs)
        {
            SchemaShape.Column column = input.Where(c => c.Name == name).Select(c => (SchemaShape.Column?)c).FirstOrDefault()
                ?? throw TextColumns.Missing(name, input.Select(c => c.Name));
            if (column.IsKey || column.ItemType is not TextDataViewType)
            {
                string found = column.IsKey ? $"key of {column.ItemType}" : $"{column.ItemType}";
                throw TextColumns.Mistyped(
                    name, column.Kind == Kind.Scalar ? found : $"{column.Kind} of {found}", column.IsKey ? new KeyDataViewType(typeof(uint), 1) : column.ItemType);
            }
        }

        var annotations = new SchemaShape(
        [
            new SchemaShape.Column("SlotNames", Kind.Vector, TextDataViewType.Instance, isKey: false, annotations: null),
            new SchemaShape.Column("IsNormalized", Kind.Scalar, BooleanDataViewType.Instance, isKey: false, annotations: null),
        ]);
        var added = new SchemaShape.Column(columns.Output, Kind.Vector, NumberDataViewType.Single, isKey: false, annotations);
        return new SchemaShape(input.Where(c => c.Name != columns.Output).Append(added));
    }
}
