using Microsoft.ML.Hydra.Compute;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Compute;

public sealed class CausalConvolutionTests
{
    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 1)]
    [InlineData(4, 3)]
    [InlineData(4, 9)]
    public void Equals_the_definition(int taps, int length)
    {
        using DisposeScope scope = NewDisposeScope();
        (int groups, int batch, int channels) = (2, 3, 4);
        Tensor x = SeededTensors.Normal(1, groups, batch, length, channels);
        Tensor weight = SeededTensors.Normal(2, groups, taps, channels);
        Tensor bias = SeededTensors.Normal(3, groups, channels);
        (double[] xs, double[] ws, double[] bs) = (x.Values(), weight.Values(), bias.Values());
        var expected = new double[xs.Length];
        for (int g = 0; g < groups; g++)
        {
            for (int i = 0; i < batch; i++)
            {
                for (int t = 0; t < length; t++)
                {
                    for (int c = 0; c < channels; c++)
                    {
                        double sum = bs[g * channels + c];
                        for (int j = 0; j < taps; j++)
                        {
                            int from = t - taps + 1 + j;   // the last tap is the position's own
                            sum += from < 0 ? 0 : ws[(g * taps + j) * channels + c] * xs[((g * batch + i) * length + from) * channels + c];
                        }

                        expected[((g * batch + i) * length + t) * channels + c] = sum;
                    }
                }
            }
        }

        Tensor y = CausalConvolution.Run(x, weight, bias);

        Assert.Equal(x.shape, y.shape);
        TensorAssert.Close(expected, y.Values(), 1e-12);
    }

    [Fact]
    public void Gradients_are_right()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = SeededTensors.Normal(1, 2, 2, 6, 3);
        Tensor weight = SeededTensors.Normal(2, 2, 4, 3);
        Tensor bias = SeededTensors.Normal(3, 2, 3);
        GradientCheck.Verify(() => CausalConvolution.Run(x, weight, bias), [("x", x), ("weight", weight), ("bias", bias)]);
    }
}
