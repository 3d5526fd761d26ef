namespace Microsoft.ML.Hydra.Data;

/// <summary>Windows side by side, padded on the right with item 0.</summary>
internal sealed class SequenceBatch
{
    /// <summary>Number B of windows.</summary>
    public required int Size { get; init; }

    /// <summary>Length L of the longest.</summary>
    public required int Length { get; init; }

    /// <summary>Item rows read, <c>[B · L]</c>.</summary>
    public required long[] Items { get; init; }

    /// <summary>Position of each event in its user's whole history, <c>[B · L]</c>.</summary>
    public required long[] Positions { get; init; }

    /// <summary>Where in <c>[B · L]</c> the M real events lie.</summary>
    public required long[] Predicted { get; init; }

    /// <summary>The item row that came after each real event, <c>[M]</c>.</summary>
    public required long[] Targets { get; init; }
}
