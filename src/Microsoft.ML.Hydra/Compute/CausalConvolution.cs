using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Compute;

/// <summary>Causal depthwise convolution with its own taps for each channel of each group.</summary>
internal static class CausalConvolution
{
    /// <summary><c>y_t = bias + Σ_j w_j x_{t − k + 1 + j}</c>, with zeros before the first position.</summary>
    /// <param name="x">Inputs, <c>[G, B, L, C]</c>.</param>
    /// <param name="weight">Taps, oldest first, <c>[G, k, C]</c>.</param>
    /// <param name="bias">Bias, <c>[G, C]</c>.</param>
    /// <returns><c>[G, B, L, C]</c>.</returns>
    public static Tensor Run(Tensor x, Tensor weight, Tensor bias)
    {
        (long groups, long length, long channels, long taps) = (x.shape[0], x.shape[2], x.shape[3], weight.shape[1]);
        Tensor padded = taps > 1 ? nn.functional.pad(x, [0, 0, taps - 1, 0]) : x;
        Tensor y = bias.view(groups, 1, 1, channels);
        for (long j = 0; j < taps; j++)
        {
            y = torch.addcmul(y, padded.narrow(2, j, length), weight.select(1, j).view(groups, 1, 1, channels), 1);
        }

        return y;
    }
}
