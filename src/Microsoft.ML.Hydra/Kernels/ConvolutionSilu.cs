using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Kernels;

/// <summary>Causal depthwise convolution followed by SiLU: <c>SiLU(bias + Σ_j w_j x_{t − k + 1 + j})</c>, with zeros before the first position.</summary>
/// <param name="x">Inputs, <c>[G, B, L, C]</c>.</param>
/// <param name="weight">Taps, oldest first, <c>[G, k, C]</c>.</param>
/// <param name="bias">Bias, <c>[G, C]</c>.</param>
/// <returns><c>[G, B, L, C]</c>.</returns>
internal delegate Tensor ConvolutionSilu(Tensor x, Tensor weight, Tensor bias);
