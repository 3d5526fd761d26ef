namespace Microsoft.ML.Hydra.Prior;

/// <summary>The items that each item is linked to, and how strongly, as sparse rows. Made by <see cref="ItemLinksBuilder"/>.</summary>
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

    /// <summary>Links of all items together.</summary>
    public int NumberOfLinks => _targets.Length;

    /// <summary>Rows that a row leads to, each once.</summary>
    public ReadOnlySpan<int> Targets(int row) => _targets.AsSpan(_offsets[row - 1].._offsets[row]);

    /// <summary>Weights above 0, aligned with <see cref="Targets"/>.</summary>
    public ReadOnlySpan<float> Weights(int row) => _weights.AsSpan(_offsets[row - 1].._offsets[row]);

    /// <summary>No links between so many items.</summary>
    public static ItemLinks None(int numberOfItems) => new(new int[numberOfItems + 1], [], []);

    /// <summary>Links within parts of a catalogue as links of the catalogue.</summary>
    /// <param name="numberOfItems">Size of the catalogue.</param>
    /// <param name="parts">The links of each part, and the row in the catalogue of each row of the part; no row is in two parts.</param>
    public static ItemLinks Join(int numberOfItems, IEnumerable<(int[] Rows, ItemLinks Links)> parts)
    {
        var found = new (int[] Rows, ItemLinks Links, int Place)[numberOfItems + 1];
        foreach ((int[] rows, ItemLinks links) in parts)
        {
            for (int place = 1; place <= links.NumberOfItems; place++)
            {
                found[rows[place]] = (rows, links, place);
            }
        }

        var joined = new ItemLinksBuilder();
        for (int row = 1; row <= numberOfItems; row++)
        {
            (int[] rows, ItemLinks links, int place) = found[row];
            for (int i = 0; place > 0 && i < links.Targets(place).Length; i++)
            {
                joined.Add(rows[links.Targets(place)[i]], links.Weights(place)[i]);
            }

            joined.EndRow();
        }

        return joined.Build();
    }

    /// <summary>The same links in a larger catalogue.</summary>
    public ItemLinks Extend(int numberOfItems) =>
        new([.. _offsets, .. Enumerable.Repeat(_targets.Length, numberOfItems - NumberOfItems)], _targets, _weights);

    /// <summary>The links that neither come from nor lead to some items.</summary>
    /// <param name="isLeftOut">Whether an item is one of them, by row.</param>
    public ItemLinks Without(bool[] isLeftOut)
    {
        var kept = new ItemLinksBuilder();
        for (int row = 1; row <= NumberOfItems; row++)
        {
            for (int i = _offsets[row - 1]; i < _offsets[row]; i++)
            {
                if (!isLeftOut[row] && !isLeftOut[_targets[i]])
                {
                    kept.Add(_targets[i], _weights[i]);
                }
            }

            kept.EndRow();
        }

        return kept.Build();
    }

    /// <summary>The sum of two sets of links, the second scaled. An item keeps its strongest links, with weights of half precision, as they are stored.</summary>
    /// <param name="links">The first.</param>
    /// <param name="added">The second, over as many items.</param>
    /// <param name="scale">Factor of the second, above 0.</param>
    /// <param name="most">Most links of an item.</param>
    public static ItemLinks Sum(ItemLinks links, ItemLinks added, double scale, int most)
    {
        var sum = new ItemLinksBuilder();
        var weights = new double[links.NumberOfItems + 1];
        var reached = new List<int>();
        ulong[] strongest = [];
        for (int row = 1; row <= links.NumberOfItems; row++)
        {
            Add(links, row, 1);
            Add(added, row, scale);
            if (strongest.Length < reached.Count)
            {
                strongest = new ulong[2 * reached.Count];
            }

            // Sorted as numbers: by descending weight and ascending row, then by row
            for (int i = 0; i < reached.Count; i++)
            {
                var weight = (Half)Math.Min(weights[reached[i]], (double)Half.MaxValue);
                strongest[i] = ((ulong)(ushort)~BitConverter.HalfToUInt16Bits(weight) << 32) | (uint)reached[i];
                weights[reached[i]] = 0;
            }

            strongest.AsSpan(0, reached.Count).Sort();
            Span<ulong> kept = strongest.AsSpan(0, Math.Min(reached.Count, most));
            foreach (ref ulong link in kept)
            {
                link = (link << 32) | (link >> 32);
            }

            kept.Sort();
            foreach (ulong link in kept)
            {
                if (BitConverter.UInt16BitsToHalf((ushort)~link) is var weight && weight > Half.Zero)
                {
                    sum.Add((int)(link >> 32), (double)weight);
                }
            }

            sum.EndRow();
            reached.Clear();
        }

        return sum.Build();

        void Add(ItemLinks from, int row, double factor)
        {
            ReadOnlySpan<int> targets = from.Targets(row);
            ReadOnlySpan<float> values = from.Weights(row);
            for (int i = 0; i < targets.Length; i++)
            {
                if (weights[targets[i]] == 0)
                {
                    reached.Add(targets[i]);
                }

                weights[targets[i]] += factor * values[i];
            }
        }
    }
}

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

/// <summary>
/// Sums of the links from the last items of a history: <c>m(b) = Σₖ wₖ · L(aₖ, b)</c>, <c>aₖ</c> the item <c>k</c> steps back.
/// Scratch memory of one caller; <see cref="Clear"/> makes it ready for the next history.
/// </summary>
/// <param name="numberOfItems">Size of the catalogue.</param>
/// <param name="capacity">Rows that may be reached before more memory is allocated.</param>
internal sealed class LinkSums(int numberOfItems, int capacity = 1024)
{
    private readonly double[] _sums = new double[numberOfItems + 1];
    private int[] _reached = new int[capacity + 1];
    private int _count;

    /// <summary>Rows that links led to, each once, in the order in which they were reached.</summary>
    public ReadOnlySpan<int> Reached => _reached.AsSpan(0, _count);

    /// <summary>m of a row; 0 where no link led there, NaN after <see cref="Take"/>.</summary>
    public double this[int row] => _sums[row];

    /// <summary>Adds up the links from the last items.</summary>
    /// <param name="links">The links; their weights are above 0.</param>
    /// <param name="history">Item rows, oldest first.</param>
    /// <param name="recency">The weights wₖ above 0, the last item first; events further back are not read.</param>
    public void Add(ItemLinks links, ReadOnlySpan<int> history, ReadOnlySpan<double> recency)
    {
        for (int back = 1; back <= Math.Min(recency.Length, history.Length); back++)
        {
            Add(links.Targets(history[^back]), links.Weights(history[^back]), recency[back - 1]);
        }
    }

    /// <summary>m of a row, which <see cref="FindAtLeast"/> skips from now on. Nothing may be added before the next <see cref="Clear"/>.</summary>
    public double Take(int row)
    {
        double sum = _sums[row];
        if (sum > 0)
        {
            _sums[row] = double.NaN;
        }

        return sum;
    }

    /// <summary>The first index in <see cref="Reached"/> of a row whose m is not below a bound; -1 where there is none.</summary>
    /// <param name="least">The bound.</param>
    /// <param name="from">The index to begin at.</param>
    public int FindAtLeast(double least, int from)
    {
        ReadOnlySpan<int> reached = Reached;
        double[] sums = _sums;
        for (; from < reached.Length; from++)
        {
            if (sums[reached[from]] >= least)
            {
                return from;
            }
        }

        return -1;
    }

    /// <summary>Sets all sums to 0; the time is that of those that are not 0.</summary>
    public void Clear()
    {
        foreach (int row in Reached)
        {
            _sums[row] = 0;
        }

        _count = 0;
    }

    private void Add(ReadOnlySpan<int> targets, ReadOnlySpan<float> weights, double recent)
    {
        Reserve(Math.Min(_count + targets.Length, numberOfItems) + 1);
        (double[] sums, int[] reached, int count) = (_sums, _reached, _count);
        for (int i = 0; i < targets.Length; i++)
        {
            // Without a branch, as it could not be predicted: a row that was reached before is not counted, and the next row takes its slot
            int row = targets[i];
            double before = sums[row];
            sums[row] = before + (weights[i] * recent);
            reached[count] = row;
            count += before == 0 ? 1 : 0;
        }

        _count = count;
    }

    private void Reserve(int length)
    {
        if (length > _reached.Length)
        {
            Array.Resize(ref _reached, Math.Max(length, 2 * _reached.Length));
        }
    }
}
