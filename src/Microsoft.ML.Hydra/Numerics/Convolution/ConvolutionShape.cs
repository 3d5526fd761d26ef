namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Sizes of a causal depthwise convolution. Step t of sequence b in group g is row <c>(g · Batch + b) · Length + t</c>.
/// </summary>
/// <param name="Groups">G: groups with their own taps.</param>
/// <param name="Batch">B: sequences.</param>
/// <param name="Length">L: steps of a sequence, padding included.</param>
/// <param name="Channels">C: channels.</param>
/// <param name="Taps">k: taps.</param>
internal readonly record struct ConvolutionShape(int Groups, int Batch, int Length, int Channels, int Taps)
{
    /// <summary>G · B.</summary>
    public int Sequences => Groups * Batch;

    /// <summary>G · B · L.</summary>
    public long Rows => (long)Sequences * Length;

    /// <summary>Throws where a size is below its least.</summary>
    public void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Groups, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(Batch);
        ArgumentOutOfRangeException.ThrowIfNegative(Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(Channels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Taps, 1);
    }
}
