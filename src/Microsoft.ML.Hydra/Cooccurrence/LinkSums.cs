namespace Microsoft.ML.Hydra.Cooccurrence;

/// <summary>
/// What the links from the last items of a history add up to: <c>m(b) = Σₖ wₖ · L(aₖ, b)</c>, <c>aₖ</c> the item <c>k</c> steps back.
/// Scratch memory of one caller; <see cref="Clear"/> makes it ready for the next history.
/// </summary>
/// <param name="numberOfItems">Size of the catalogue.</param>
/// <param name="capacity">Rows that a history may reach before memory is taken anew.</param>
internal sealed class LinkSums(int numberOfItems, int capacity = 1024)
{
    // Sums lie close together, in the order in which their rows were reached; a row's place is one more than its index there, 0 is none.
    private readonly int[] _places = new int[numberOfItems + 1];
    private int[] _reached = new int[capacity];
    private double[] _sums = new double[capacity];
    private int _count;

    /// <summary>Rows that links led to, each once, in the order in which they were reached.</summary>
    public ReadOnlySpan<int> Reached => _reached.AsSpan(0, _count);

    /// <summary>m of each row in <see cref="Reached"/>.</summary>
    public ReadOnlySpan<double> Sums => _sums.AsSpan(0, _count);

    /// <summary>m of a row; 0 where no link led.</summary>
    public double this[int row] => _places[row] == 0 ? 0 : _sums[_places[row] - 1];

    /// <summary>Adds up the links from the last items.</summary>
    /// <param name="links">The links; their weights are above 0.</param>
    /// <param name="history">Item rows, oldest first.</param>
    /// <param name="recency">The weights wₖ above 0, of the last item first; events further back are not read.</param>
    public void Add(ItemLinks links, ReadOnlySpan<int> history, ReadOnlySpan<double> recency)
    {
        for (int back = 1; back <= Math.Min(recency.Length, history.Length); back++)
        {
            Add(links.Targets(history[^back]), links.Weights(history[^back]), recency[back - 1]);
        }
    }

    /// <summary>Where a row is in <see cref="Reached"/>; -1 where no link led to it.</summary>
    public int Find(int row) => _places[row] - 1;

    /// <summary>Forgets all sums, at a cost of those that are not 0.</summary>
    public void Clear()
    {
        foreach (int row in Reached)
        {
            _places[row] = 0;
        }

        _sums.AsSpan(0, _count).Clear();
        _count = 0;
    }

    private void Add(ReadOnlySpan<int> targets, ReadOnlySpan<float> weights, double recent)
    {
        Reserve(Math.Min(_count + targets.Length, numberOfItems));
        int count = _count;
        for (int i = 0; i < targets.Length; i++)
        {
            // Without a branch: whether a row was reached before is as good as chance
            int row = targets[i], known = _places[row];
            int place = known == 0 ? count + 1 : known;
            count = Math.Max(count, place);
            _places[row] = place;
            _reached[place - 1] = row;
            _sums[place - 1] += weights[i] * recent;
        }

        _count = count;
    }

    private void Reserve(int count)
    {
        if (count > _sums.Length)
        {
            int length = Math.Max(count, 2 * _sums.Length);
            Array.Resize(ref _reached, length);
            Array.Resize(ref _sums, length);
        }
    }
}
