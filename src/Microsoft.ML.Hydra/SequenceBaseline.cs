namespace Microsoft.ML.Hydra;

/// <summary>
/// Simple recommenders that only count, which every trained model has to beat. Ties, and items with no count at all, are
/// ordered by popularity in the train set. After an empty history each gives the most frequent items.
/// </summary>
public enum SequenceBaseline
{
    /// <summary>The most frequent items of the train set, the same for everybody.</summary>
    Popularity,

    /// <summary>A first-order Markov chain: what most often came right after the last item.</summary>
    Markov1,

    /// <summary>
    /// A Markov chain over ten steps. A pair of items <c>j</c> steps apart (1 to 10) in a training sequence counts <c>1/j</c>
    /// in <c>C(a, b)</c>; an item <c>b</c> scores <c>Σₖ (1/k) · C(aₖ, b) / √(Σ C(aₖ, ·))</c> over the last ten items, <c>aₖ</c> the one
    /// <c>k</c> steps back.
    /// </summary>
    Markov10,
}
