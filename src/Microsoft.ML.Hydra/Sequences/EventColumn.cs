namespace Microsoft.ML.Hydra.Sequences;

/// <summary>One column of the interactions while they stream by: reads the current row, then keeps it or lets it go.</summary>
internal abstract class EventColumn
{
    /// <summary>Reads the value of the cursor's current row.</summary>
    /// <returns>Whether there is one; <see langword="false"/> for a missing value.</returns>
    public abstract bool Read();

    /// <summary>Appends the value read last.</summary>
    public abstract void Keep();
}
