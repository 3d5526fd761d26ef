namespace Microsoft.ML.Hydra;

/// <summary>The loss that the trainer minimises at every position of a sequence.</summary>
public enum SequenceLoss
{
    /// <summary>
    /// Exact cross-entropy of the softmax over the whole catalogue. The most accurate loss; its time grows with the catalogue.
    /// </summary>
    Softmax,

    /// <summary>
    /// Cross-entropy over the next item and <c>NumberOfNegatives</c> negatives shared by the batch, drawn by popularity and
    /// corrected by their log-probability; accidental hits are masked. For catalogues above about 100,000 items.
    /// </summary>
    SampledSoftmax,

    /// <summary>Binary cross-entropy against one uniformly drawn negative (the loss of the SASRec paper, arXiv 1808.09781).</summary>
    BinaryCrossEntropy,
}
