namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Scratch memory of a cross-entropy: items in packed form, blocks of logits, and what the second phase needs of the rows.</summary>
internal readonly unsafe struct SoftmaxBuffers
{
    private const int WidestTile = 32;
    private const int Page = 1024;

    public SoftmaxBuffers(in SoftmaxShape shape, int rowsPerBlock, int blocks, Arena arena)
    {
        // Columns of the logits are read too: rows a whole number of pages apart would share their places in the cache.
        LogitStride = (shape.Items + 15) / 16 * 16;
        LogitStride += LogitStride % Page == 0 ? 16 : 0;
        PackedColumns = arena.Floats((long)((shape.Items + WidestTile - 1) / WidestTile * WidestTile) * shape.Width);
        PackedRows = arena.Floats((long)((shape.Width + WidestTile - 1) / WidestTile * WidestTile) * shape.Items);
        Logits = arena.Floats((long)blocks * rowsPerBlock * LogitStride);
        ScaledQueries = arena.Floats((long)blocks * rowsPerBlock * shape.Width);
        Losses = arena.Doubles(shape.Rows);
    }

    /// <summary>Numbers from one row of logits to the next.</summary>
    public int LogitStride { get; }

    /// <summary>E^T packed for <c>Q E^T</c>.</summary>
    public float* PackedColumns { get; }

    /// <summary>E packed for <c>P E</c>.</summary>
    public float* PackedRows { get; }

    /// <summary>Logits of the rows at hand, then <c>e^(z − max)</c> less their sum at the target.</summary>
    public float* Logits { get; }

    /// <summary>The queries at hand times <c>scale / Σ e^(z − max)</c>.</summary>
    public float* ScaledQueries { get; }

    /// <summary>The loss of every row.</summary>
    public double* Losses { get; }
}
