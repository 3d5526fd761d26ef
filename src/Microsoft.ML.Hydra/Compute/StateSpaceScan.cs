using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Compute;

/// <summary>
/// The selective scan of Mamba-2 (arXiv 2405.21060) for G groups at once, from a zero state:
/// <code>
/// S_t = exp(dt_t A) S_{t-1} + dt_t x_t B_t^T        y_t = S_t C_t
/// </code>
/// The skip term <c>D x_t</c> is not part of it.
/// </summary>
/// <param name="x">Inputs, <c>[G, B, L, H, P]</c>.</param>
/// <param name="dt">Step sizes ≥ 0, <c>[G, B, L, H]</c>.</param>
/// <param name="a">Decay rates ≤ 0, <c>[G, H]</c>.</param>
/// <param name="b">Input projections shared by the H heads of a group, <c>[G, B, L, N]</c>.</param>
/// <param name="c">Output projections shared by the H heads of a group, <c>[G, B, L, N]</c>.</param>
/// <returns>Outputs, <c>[G, B, L, H, P]</c>.</returns>
internal delegate Tensor StateSpaceScan(Tensor x, Tensor dt, Tensor a, Tensor b, Tensor c);
