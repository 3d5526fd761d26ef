namespace Microsoft.ML.Hydra.Scoring;

/// <summary>
/// What a stored state says of the model that it was made with, so that another model is recognised: the encoder, which must be the same, and the
/// first items of the catalogue, to which others may have been appended since. Each is SHA-256, computed at first use; safe for many threads.
/// </summary>
internal abstract class ModelIdentity
{
    /// <summary>Items of the catalogue.</summary>
    public abstract int NumberOfItems { get; }

    /// <summary>Of everything that the state of a user depends on, except the items: weights, sizes, switches, clock.</summary>
    public abstract ReadOnlySpan<byte> Encoder { get; }

    /// <summary>Of everything together, as states of version 2 store it.</summary>
    public abstract ReadOnlySpan<byte> Whole { get; }

    /// <summary>Of the ids and vectors of the first items: the version of the catalogue that had so many.</summary>
    /// <param name="numberOfItems">How many items, 0 to <see cref="NumberOfItems"/>.</param>
    public abstract ReadOnlySpan<byte> Catalog(int numberOfItems);
}
