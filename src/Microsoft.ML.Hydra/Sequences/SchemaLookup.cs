using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>Finds columns by name; the error for a missing one lists the columns that exist.</summary>
internal static class SchemaLookup
{
    /// <summary>The visible column of that name.</summary>
    /// <param name="schema">Where to look.</param>
    /// <param name="name">The name to look for.</param>
    /// <param name="parameterName">The caller's parameter that carries the name, for the error.</param>
    /// <exception cref="ArgumentException">The name is empty, or no column has it.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name, string parameterName)
    {
        ArgumentException.ThrowIfNullOrEmpty(name, parameterName);
        return schema.GetColumnOrNull(name) ?? throw new ArgumentException(
            $"Column '{name}' is not in the data, which has {Describe(schema)}: pass the name of one of these as {parameterName}.",
            parameterName);
    }

    /// <summary>Only the annotation that lets keys be mapped back to values.</summary>
    public static DataViewSchema.Annotations KeyValuesOf(DataViewSchema.Column column)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(column.Annotations, kind => kind == KeyValueTable.AnnotationName);
        return builder.ToAnnotations();
    }

    private static string Describe(DataViewSchema schema)
    {
        string[] names = [.. schema.Where(column => !column.IsHidden).Select(column => $"'{column.Name}'")];
        return names.Length == 0 ? "no columns" : string.Join(", ", names);
    }
}
