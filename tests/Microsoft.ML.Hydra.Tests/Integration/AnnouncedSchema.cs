using System.Reflection;
using Microsoft.ML.Data;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>Compares what an estimator announces with what its transformer gives.</summary>
internal static class AnnouncedSchema
{
    private static readonly MethodInfo s_shapeOf =
        typeof(SchemaShape).GetMethod("Create", BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public, [typeof(DataViewSchema)])!;

    public static void AssertHolds<T>(IEstimator<T> estimator, IDataView data)
        where T : ITransformer
    {
        SchemaShape announced = estimator.GetOutputSchema(ShapeOf(data.Schema));
        T transformer = estimator.Fit(data);
        SchemaShape actual = ShapeOf(transformer.GetOutputSchema(data.Schema));

        Assert.Equal(actual.Select(column => column.Name).Order(), announced.Select(column => column.Name).Order());
        foreach (SchemaShape.Column column in announced)
        {
            SchemaShape.Column found = actual.Single(other => other.Name == column.Name);
            Assert.Equal(
                (column.Name, column.Kind, column.ItemType, column.IsKey),
                (found.Name, found.Kind, found.ItemType, found.IsKey));
            Assert.Subset(
                found.Annotations.Select(annotation => annotation.Name).ToHashSet(),
                column.Annotations.Select(annotation => annotation.Name).ToHashSet());
        }

        Assert.Equal(transformer.GetOutputSchema(data.Schema).ToString(), transformer.Transform(data).Schema.ToString());
        (transformer as IDisposable)?.Dispose();
    }

    /// <summary>The schema as an estimator sees it before fitting.</summary>
    public static SchemaShape ShapeOf(DataViewSchema schema) => (SchemaShape)s_shapeOf.Invoke(null, [schema])!;
}
