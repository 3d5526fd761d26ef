namespace Microsoft.ML.Hydra.Items;

/// <summary>A growable run of item rows with the times of their events, and how many items were skipped while it was filled.</summary>
internal sealed class ItemRowBuffer
{
    private int[] _rows = [];
    private double[] _times = [];

    /// <summary>Number of rows held.</summary>
    public int Count { get; private set; }

    /// <summary>Items skipped because they were missing (empty text, 0, a missing key) since the counts were last reset.</summary>
    public long NumberOfMissingItems { get; private set; }

    /// <summary>Items skipped because the vocabulary does not know them since the counts were last reset.</summary>
    public long NumberOfUnknownItems { get; private set; }

    /// <summary>The rows, oldest first, each in 1 .. size of the catalogue.</summary>
    public ReadOnlySpan<int> Rows => _rows.AsSpan(0, Count);

    /// <summary>Times of the vector whose items are being added; empty where none are read.</summary>
    public ReadOnlyMemory<double> Times { get; set; }

    /// <summary>The times of <see cref="Rows"/>, NaN where one is missing.</summary>
    public ReadOnlySpan<double> EventTimes => _times.AsSpan(0, Count);

    /// <summary>Adds what a vocabulary found: a row, 0 for a missing item, <see cref="ItemVocabulary.Unknown"/>.</summary>
    /// <param name="row">What was found.</param>
    /// <param name="place">The item's place in its vector.</param>
    public void Add(int row, int place)
    {
        if (row <= 0)
        {
            if (row == 0)
            {
                NumberOfMissingItems++;
            }
            else
            {
                NumberOfUnknownItems++;
            }

            return;
        }

        if (Count == _rows.Length)
        {
            Grow();
        }

        if (!Times.IsEmpty)
        {
            AddTime(place);
        }

        _rows[Count++] = row;
    }

    /// <summary>Counts items that a sparse vector leaves out.</summary>
    public void AddMissing(int count) => NumberOfMissingItems += count;

    /// <summary>Empties the buffer; the counts of skipped items go on.</summary>
    public void Clear() => Count = 0;

    /// <summary>The array behind <see cref="Rows"/>, with room to spare; the buffer is empty afterwards.</summary>
    public int[] Detach()
    {
        int[] rows = _rows;
        (_rows, _times, Count) = ([], [], 0);
        return rows;
    }

    private void Grow()
    {
        if (Count == Array.MaxLength)
        {
            throw new InvalidOperationException(
                $"The sequences hold more than {Array.MaxLength} items, the most that fit one array; train on fewer or shorter sequences.");
        }

        Array.Resize(ref _rows, (int)Math.Min(Math.Max(64L, 2L * Count), Array.MaxLength));
    }

    private void AddTime(int place)
    {
        if (_times.Length < _rows.Length)
        {
            Array.Resize(ref _times, _rows.Length);
        }

        _times[Count] = place < Times.Length ? Times.Span[place] : EventClock.Missing;
    }
}
