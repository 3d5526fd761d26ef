namespace Microsoft.ML.Hydra.Sequences;

/// <summary>The timestamps of one sequence after the other, as keys that order as they do.</summary>
internal abstract class TimeKeys
{
    /// <summary>The keys of the sequence loaded last, ascending; valid until the next call.</summary>
    /// <param name="row">The row, for the errors.</param>
    /// <exception cref="InvalidOperationException">A time is missing or earlier than the one before it.</exception>
    public abstract ReadOnlySpan<long> Read(long row);
}
