namespace Microsoft.ML.Hydra.Prior;

/// <summary>Which pairs of a sequence count, and how much. The numbers are stored in models.</summary>
internal enum CooccurrenceReach
{
    /// <summary>Pairs up to 10 events apart, <c>1/j</c> at distance <c>j</c>: what follows what.</summary>
    Near = 0,

    /// <summary>Pairs up to 20 events apart, 1 each: what goes with what, for histories whose order says little.</summary>
    Far = 1,
}
