using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Kernels;

/// <summary>The gated product of a SwiGLU: <c>SiLU(g) ∘ u</c>.</summary>
/// <param name="gateUp"><c>[…, 2 W]</c>: g, then u.</param>
/// <returns><c>[…, W]</c>.</returns>
internal delegate Tensor GatedProduct(Tensor gateUp);
