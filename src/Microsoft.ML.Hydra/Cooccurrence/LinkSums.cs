namespace Microsoft.ML.Hydra.Cooccurrence;

/// <summary>
/// What the links from the last items of a history add up to: <c>m(b) = Σₖ wₖ · L(aₖ, b)</c>, <c>aₖ</c> the item <c>k</c> steps back.
/// Scratch memory of one caller; <see cref="Clear"/> makes it ready for the next history.
/// </summary>
/// <param name="numberOfItems">Size of the catalogue.</param>
internal sealed class LinkSums(int numberOfItems)
{
    private readonly double[] _sums = new double[numberOfItems + 1];
    private readonly int[] _reached = new int[numberOfItems];
    private int _count;

    /// <summary>Rows that links led to, each once, in no order.</summary>
    public ReadOnlySpan<int> Reached => _reached.AsSpan(0, _count);

    /// <summary>m of a row; 0 where no link led.</summary>
    public double this[int row] => _sums[row];

    /// <summary>Adds up the links from the last items.</summary>
    /// <param name="links">The links; their weights are above 0.</param>
    /// <param name="history">Item rows, oldest first.</param>
    /// <param name="recency">The weights wₖ above 0, of the last item first; events further back are not read.</param>
    public void Add(ItemLinks links, ReadOnlySpan<int> history, ReadOnlySpan<double> recency)
    {
        for (int back = 1; back <= Math.Min(recency.Length, history.Length); back++)
        {
            ReadOnlySpan<int> targets = links.Targets(history[^back]);
            ReadOnlySpan<float> weights = links.Weights(history[^back]);
            double recent = recency[back - 1];
            for (int i = 0; i < targets.Length; i++)
            {
                int row = targets[i];
                if (_sums[row] == 0)
                {
                    _reached[_count++] = row;
                }

                _sums[row] += weights[i] * recent;
            }
        }
    }

    /// <summary>Gives m of a row and makes it 0.</summary>
    public double Take(int row)
    {
        double sum = _sums[row];
        _sums[row] = 0;
        return sum;
    }

    /// <summary>Forgets all sums, at a cost of those that are not 0.</summary>
    public void Clear()
    {
        foreach (int row in Reached)
        {
            _sums[row] = 0;
        }

        _count = 0;
    }
}
