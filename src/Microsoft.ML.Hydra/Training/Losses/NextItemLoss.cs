using Microsoft.ML.Hydra.Compute;
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
