using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Kernels;

/// <summary>RMSNorm over the last dimension, after a gate if there is one: <c>u = x ∘ SiLU(gate)</c>, <c>y = u / sqrt(mean(u²) + 1e-5) ∘ weight</c>.</summary>
/// <param name="x">Inputs, <c>[…, W]</c>; with more than one group <c>[G, …, W]</c>.</param>
/// <param name="gate">Gate of the same shape, or null for none.</param>
/// <param name="weight">Weight, <c>[W]</c>, or <c>[G, 1, W]</c> for inputs <c>[G, rows, W]</c>.</param>
/// <returns>As <paramref name="x"/>.</returns>
internal delegate Tensor Norm(Tensor x, Tensor? gate, Tensor weight);
