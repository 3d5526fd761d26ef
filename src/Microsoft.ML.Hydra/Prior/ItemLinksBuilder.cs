namespace Microsoft.ML.Hydra.Prior;

/// <summary>Collects links row by row, from row 1 up.</summary>
internal sealed class ItemLinksBuilder
{
    private readonly List<int> _offsets = [0];
    private readonly List<int> _targets = [];
    private readonly List<float> _weights = [];

    /// <summary>Adds a link from the current row.</summary>
    public void Add(int target, double weight)
    {
        _targets.Add(target);
        _weights.Add((float)weight);
    }

    /// <summary>Goes on to the next row.</summary>
    public void EndRow() => _offsets.Add(_targets.Count);

    public ItemLinks Build() => new([.. _offsets], [.. _targets], [.. _weights]);
}
