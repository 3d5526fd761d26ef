namespace Microsoft.ML.Hydra;

/// <summary>Simple recommenders without training that every model has to beat.</summary>
public enum SequenceBaseline
{
    /// <summary>The most frequent items of the train set, the same for everybody.</summary>
    Popularity,

    /// <summary>A first-order Markov chain: what most often followed the last item.</summary>
    Markov1,

    /// <summary>The transitions from the last ten items, the one k steps back weighted by 1/k.</summary>
    Markov10,
}
