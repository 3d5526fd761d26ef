using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Compute;

/// <summary>
/// Mean exact cross-entropy of the softmax over a whole catalogue. The logits of a batch never exist at once.
/// </summary>
/// <param name="queries">Sequence vectors, <c>[M, d]</c>.</param>
/// <param name="table">Item vectors, <c>[items + 1, d]</c>; row 0 is padding and no candidate.</param>
/// <param name="targets">Rows of the items that came next, int64 <c>[M]</c>.</param>
/// <returns>The loss, a scalar, differentiable by <paramref name="queries"/> and <paramref name="table"/>.</returns>
internal delegate Tensor CatalogSoftmax(Tensor queries, Tensor table, Tensor targets);
