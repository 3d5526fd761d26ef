namespace Microsoft.ML.Hydra;

/// <summary>
/// Simple recommenders that only count; a trained model should be better than they are. Ties, and items without a count, are
/// ordered by popularity in the train set. After an empty history each recommends the most frequent items.
/// </summary>
public enum SequenceBaseline
{
    /// <summary>The most frequent items of the train set, the same for everybody.</summary>
    Popularity,

    /// <summary>A first-order Markov chain: the items that most often came directly after the last item.</summary>
    Markov1,

    /// <summary>
    /// A Markov chain over ten steps. A pair of items <c>j</c> steps apart (1 to 10) in a training sequence counts <c>1/j</c>
    /// in <c>C(a, b)</c>; an item <c>b</c> scores <c>Σₖ (1/k) · C(aₖ, b) / √(Σ C(aₖ, ·))</c> over the last ten items, <c>aₖ</c> the one
    /// <c>k</c> steps back.
    /// </summary>
    Markov10,

    /// <summary>
    /// Item-to-item nearest neighbours with recency decay. With <c>N(a, b)</c> the number of training sequences in which <c>a</c> and
    /// <c>b</c> occur at most 15 events apart, and <c>N(a)</c> that of sequences with <c>a</c>, two items are as similar as
    /// <c>s(a, b) = N(a, b) / (√(N(a) · N(b)) + 50)</c>, a cosine that is shrunk where counts are small. Each item keeps its 500 most
    /// similar items, itself among them only where it occurs again in sequences. An item <c>b</c> scores <c>Σₖ 0.75ᵏ⁻¹ · s(aₖ, b)</c>
    /// over the last 20 items, <c>aₖ</c> the one <c>k</c> steps back.
    /// </summary>
    /// <remarks>
    /// The settings are fixed: one compromise for nine public data sets, chosen on held-out items that were not the test items. With
    /// 15 events the time to count is linear in the length of a sequence, with 500 neighbours the memory is at most 4,000 bytes an
    /// item, and the shrinkage ranks pairs that occurred together by chance behind pairs that often did.
    /// </remarks>
    ItemKnn,
}
