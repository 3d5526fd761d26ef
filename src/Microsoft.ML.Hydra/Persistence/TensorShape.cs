namespace Microsoft.ML.Hydra.Persistence;

/// <summary>Arithmetic on shapes that may come from a hostile file.</summary>
internal static class TensorShape
{
    /// <summary>Product of the dimensions, 1 for a scalar; false when one is negative or the product leaves 64 bits.</summary>
    public static bool TryCountElements(ReadOnlySpan<long> shape, out long count)
    {
        count = 1;
        foreach (long dimension in shape)
        {
            if (dimension < 0 || Math.BigMul(count, dimension, out long product) != 0 || product < 0)
            {
                return false;
            }

            count = product;
        }

        return true;
    }

    /// <summary>The shape as messages show it, as in <c>[2, 3]</c>.</summary>
    public static string Text(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";
}
