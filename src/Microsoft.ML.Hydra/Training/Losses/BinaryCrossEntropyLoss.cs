using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Training;

/// <summary>
/// Binary cross-entropy of the next item against one negative drawn uniformly from the other items of the catalogue
/// (the loss of SASRec, arXiv 1808.09781).
/// </summary>
internal sealed class BinaryCrossEntropyLoss : NextItemLoss
{
    public override Tensor Compute(Tensor queries, Tensor table, Tensor targets, Random random)
    {
        long[] rows = targets.cpu().data<long>().ToArray();
        long items = table.shape[0] - 1;
        for (int i = 0; i < rows.Length; i++)
        {
            // One of the items − 1 others: a draw at or above the target moves up by one.
            long other = items > 1 ? random.NextInt64(1, items) : rows[i];
            rows[i] = items > 1 && other >= rows[i] ? other + 1 : other;
        }

        Tensor negatives = table.index_select(0, tensor(rows, device: table.device));
        Tensor positives = table.index_select(0, targets);
        Tensor up = (queries * positives).sum(-1);
        Tensor down = (queries * negatives).sum(-1);
        return ((-up).softplus(1, 20) + down.softplus(1, 20)).mean();
    }
}
