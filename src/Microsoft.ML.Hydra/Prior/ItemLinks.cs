namespace Microsoft.ML.Hydra.Prior;

/// <summary>The items that each item leads to, and how strongly, as sparse rows. Made by <see cref="ItemLinksBuilder"/>.</summary>
internal sealed class ItemLinks
{
    // Links of row a are _targets[_offsets[a - 1] .. _offsets[a]), their weights aligned.
    private readonly int[] _offsets;
    private readonly int[] _targets;
    private readonly float[] _weights;

    public ItemLinks(int[] offsets, int[] targets, float[] weights)
    {
        _offsets = offsets;
        _targets = targets;
        _weights = weights;
    }

    /// <summary>Size of the catalogue; links lead from and to rows 1 to this.</summary>
    public int NumberOfItems => _offsets.Length - 1;

    /// <summary>Rows that a row leads to, each once.</summary>
    public ReadOnlySpan<int> Targets(int row) => _targets.AsSpan(_offsets[row - 1].._offsets[row]);

    /// <summary>Weights above 0, aligned with <see cref="Targets"/>.</summary>
    public ReadOnlySpan<float> Weights(int row) => _weights.AsSpan(_offsets[row - 1].._offsets[row]);
}
