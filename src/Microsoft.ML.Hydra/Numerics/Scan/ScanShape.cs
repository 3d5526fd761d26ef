namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Sizes of a selective scan. Step t of sequence b in group g is row <c>(g · Batch + b) · Length + t</c> of every operand with
/// rows; head h of it takes the numbers <c>[h · Width, (h + 1) · Width)</c>.
/// </summary>
/// <param name="Groups">G: groups with their own A and D.</param>
/// <param name="Batch">B: sequences.</param>
/// <param name="Length">L: steps of a sequence, padding included.</param>
/// <param name="Heads">H: heads of a group, which share b and c.</param>
/// <param name="Width">P: width of a head.</param>
/// <param name="StateSize">N: width of b and c.</param>
internal readonly record struct ScanShape(int Groups, int Batch, int Length, int Heads, int Width, int StateSize)
{
    /// <summary>G · B.</summary>
    public int Sequences => Groups * Batch;

    /// <summary>G · B · L.</summary>
    public long Rows => (long)Sequences * Length;

    /// <summary>Throws where a size is below 1, or below 0 for the batch and the length.</summary>
    public void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Groups, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(Batch);
        ArgumentOutOfRangeException.ThrowIfNegative(Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(Heads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(StateSize, 1);
    }
}
