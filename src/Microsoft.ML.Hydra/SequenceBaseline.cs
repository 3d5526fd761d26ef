namespace Microsoft.ML.Hydra;

/// <summary>
/// Simple recommenders that only count, or only compare what is known of the items; a trained model should be better than they are. Ties, and items without a
/// count, are ordered by popularity in the train set. After an empty history each recommends the most frequent items.
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

    /// <summary>
    /// The items whose words and numbers are most alike to those of the last item: an item scores the cosine of its words with the words of the last item, plus
    /// the cosine of their numbers. The words that are compared are those that at least two items of the train set have, with the pairs of words that follow each
    /// other and the beginnings of longer words; a rarer one weighs more (the inverse document frequency). Numbers are compared minus their means over the items
    /// of the train set, and one that is not known counts as its mean. The score is exact over all items, those that only
    /// <see cref="SequenceBaselineOptions.Items"/> has among them.
    /// </summary>
    /// <remarks>
    /// Any model that reads words should be better. It needs <see cref="SequenceBaselineOptions.Items"/>. The numbers are not scaled: a number with a larger range
    /// counts more. An item is most alike to itself, so without <see cref="SequenceBaselineOptions.ExcludeSeenItems"/> the last item comes first. After an item of
    /// which nothing is known the most frequent items are recommended.
    /// </remarks>
    TextNeighbors,
}
