using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Training;

/// <summary>Windows one after another, without padding: T events, each with the one that came next.</summary>
internal sealed class SequenceBatch
{
    /// <summary>Events of each window.</summary>
    public required int[] Lengths { get; init; }

    /// <summary>Item rows read, <c>[T]</c>.</summary>
    public required int[] Items { get; init; }

    /// <summary>Position of each event in its user's whole history, <c>[T]</c>.</summary>
    public required int[] Positions { get; init; }

    /// <summary>Features of the events' times, <c>[T, <see cref="EventClock.Features"/>]</c>; null where none are read.</summary>
    public float[]? Times { get; init; }

    /// <summary>The item row that came after each event, <c>[T]</c>.</summary>
    public required long[] Targets { get; init; }
}
