using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Interop;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Interop;

public sealed class SchemaShapeColumnsTests
{
    [Fact]
    public void A_column_is_what_was_asked_for()
    {
        var annotations = new SchemaShape(
            [SchemaShapeColumns.Create("KeyValues", SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance)]);

        SchemaShape.Column column = SchemaShapeColumns.Create(
            "Items", SchemaShape.Column.VectorKind.VariableVector, NumberDataViewType.UInt32, isKey: true, annotations);

        Assert.Equal("Items", column.Name);
        Assert.Equal(SchemaShape.Column.VectorKind.VariableVector, column.Kind);
        Assert.Equal(NumberDataViewType.UInt32, column.ItemType);
        Assert.True(column.IsKey);
        Assert.Equal("KeyValues", Assert.Single(column.Annotations).Name);
    }

    [Fact]
    public void A_column_without_annotations_has_an_empty_shape_of_them() => Assert.Empty(
        SchemaShapeColumns.Create("Score", SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single).Annotations);
}
