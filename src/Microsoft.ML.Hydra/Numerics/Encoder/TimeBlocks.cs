namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// How a latent head walks through a long sequence: block after block, so that what it makes of a block stays in the second
/// cache of a core, however long the sequence is. Blocks of a sequence are of like length; where they are cut follows from the
/// length alone.
/// </summary>
internal readonly struct TimeBlocks
{
    private const int NumbersOfBlock = 196_608;   // 3/4 MB
    private const int Multiple = 32;              // and the least: more than a convolution has taps

    private readonly int _mostTokens;

    public TimeBlocks(ModelSizes sizes)
    {
        // What the backward pass holds of a token: projection and convolution with their gradients, and the vectors around them.
        int token = (2 * (sizes.ProjectedWidth + sizes.ConvolvedWidth)) + (3 * sizes.InnerWidth) + (2 * sizes.LatentWidth);
        _mostTokens = Math.Max(Multiple, NumbersOfBlock / token / Multiple * Multiple);
    }

    /// <summary>Blocks of a sequence.</summary>
    public int Count(int length) => (length + _mostTokens - 1) / _mostTokens;

    /// <summary>First token of a block; of the one after the last, the length.</summary>
    public int Start(int length, int block) => (int)((long)block * length / Count(length));

    /// <summary>A place of its own for each block of a batch that follows another: their first rows are at least half the longest block apart.</summary>
    public int Place(nint row) => (int)(row / (_mostTokens / 2));

    /// <summary>Places of a batch.</summary>
    public int Places(int tokens) => Place(tokens) + 1;
}
