using Microsoft.ML.Hydra.Compute;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Training;

/// <summary>Exact cross-entropy over the whole catalogue.</summary>
internal sealed class SoftmaxLoss(CatalogSoftmax softmax) : NextItemLoss
{
    public override Tensor Compute(Tensor queries, Tensor table, Tensor targets, Random random) => softmax(queries, table, targets);
}
