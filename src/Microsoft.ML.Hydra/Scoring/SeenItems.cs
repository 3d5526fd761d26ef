namespace Microsoft.ML.Hydra.Scoring;

/// <summary>The distinct item rows of a history, in ascending order: four bytes for each.</summary>
internal sealed class SeenItems
{
    // More at once are sorted in together.
    private const int MostInsertions = 16;

    private int[] _rows = [];
    private int _count;

    /// <summary>The rows, ascending.</summary>
    public ReadOnlySpan<int> Rows => _rows.AsSpan(0, _count);

    /// <summary>Adds rows in any order.</summary>
    public void Add(ReadOnlySpan<int> rows)
    {
        if (rows.Length <= MostInsertions)
        {
            foreach (int row in rows)
            {
                Insert(row);
            }

            return;
        }

        Reserve(_count + rows.Length);
        rows.CopyTo(_rows.AsSpan(_count));
        Span<int> all = _rows.AsSpan(0, _count + rows.Length);
        all.Sort();
        _count = 0;
        foreach (int row in all)
        {
            if (_count == 0 || row != _rows[_count - 1])
            {
                _rows[_count++] = row;
            }
        }
    }

    /// <summary>Becomes the same as others.</summary>
    public void CopyFrom(SeenItems other) => (_rows, _count) = (other.Rows.ToArray(), other._count);

    private void Insert(int row)
    {
        int place = Rows.BinarySearch(row);
        if (place >= 0)
        {
            return;
        }

        Reserve(_count + 1);
        _rows.AsSpan(~place, _count - ~place).CopyTo(_rows.AsSpan(~place + 1));
        _rows[~place] = row;
        _count++;
    }

    private void Reserve(int count)
    {
        if (count > _rows.Length)
        {
            Array.Resize(ref _rows, Math.Max(count, Math.Max(16, 2 * _rows.Length)));
        }
    }
}
