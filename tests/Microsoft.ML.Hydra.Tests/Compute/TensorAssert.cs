using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Compute;

internal static class TensorAssert
{
    /// <summary>Same shape, all finite, and no difference beyond <paramref name="tolerance"/> times the largest expected value (at least 1e-3).</summary>
    public static void Close(Tensor expected, Tensor actual, double tolerance, string what = "values")
    {
        Assert.Equal(expected.shape, actual.shape);
        Close(expected.Values(), actual.Values(), tolerance, what);
    }

    /// <inheritdoc cref="Close(Tensor, Tensor, double, string)"/>
    public static void Close(double[] expected, double[] actual, double tolerance, string what = "values")
    {
        Assert.Equal(expected.Length, actual.Length);
        double scale = expected.Length == 0 ? 0 : Math.Max(1e-3, expected.Max(Math.Abs));
        for (int i = 0; i < expected.Length; i++)
        {
            // Written so that NaN on either side fails.
            bool close = Math.Abs(expected[i] - actual[i]) <= tolerance * scale;
            Assert.True(close, $"{what}: element {i} is {actual[i]:R}, expected {expected[i]:R} (scale {scale:R})");
        }
    }
}
