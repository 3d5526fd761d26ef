using Microsoft.ML.Hydra.Compute;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Training;

/// <summary>A loss over predicted positions.</summary>
internal abstract class NextItemLoss
{
    /// <summary>Mean loss over M positions.</summary>
    /// <param name="queries">Sequence vectors, <c>[M, d]</c>.</param>
    /// <param name="table">Item vectors, <c>[items + 1, d]</c>; row 0 is padding and never a candidate.</param>
    /// <param name="targets">Rows of the items that came next, int64 <c>[M]</c>.</param>
    /// <param name="random">Source of negatives; deterministic for a step.</param>
    public abstract Tensor Compute(Tensor queries, Tensor table, Tensor targets, Random random);

    /// <summary>The loss that the options ask for.</summary>
    /// <param name="loss">Which loss.</param>
    /// <param name="numberOfNegatives">Shared negatives of the sampled softmax.</param>
    /// <param name="itemCounts">Training events by item row, from which the sampled softmax draws.</param>
    /// <param name="device">Where it is computed.</param>
    /// <param name="degreeOfParallelism">Most threads of a fused kernel.</param>
    public static NextItemLoss Create(
        SequenceLoss loss, int numberOfNegatives, ReadOnlySpan<int> itemCounts, Device device, int degreeOfParallelism) => loss switch
    {
        SequenceLoss.Softmax => new SoftmaxLoss(SoftmaxKernel.For(device, degreeOfParallelism)),
        SequenceLoss.SampledSoftmax => new SampledSoftmaxLoss(new PopularitySampler(itemCounts), numberOfNegatives),
        SequenceLoss.BinaryCrossEntropy => new BinaryCrossEntropyLoss(),
        _ => throw new ArgumentOutOfRangeException(nameof(loss), loss, "This loss is not known."),
    };
}

/// <summary>Exact cross-entropy over the whole catalogue.</summary>
internal sealed class SoftmaxLoss(CatalogSoftmax softmax) : NextItemLoss
{
    public override Tensor Compute(Tensor queries, Tensor table, Tensor targets, Random random) => softmax(queries, table, targets);
}

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
