namespace Microsoft.ML.Hydra.Benchmarks.Races;

/// <summary>One of the two in a race.</summary>
internal enum RaceSide
{
    /// <summary>Hydra.</summary>
    Ours,

    /// <summary>What it is compared with.</summary>
    Peer,
}
