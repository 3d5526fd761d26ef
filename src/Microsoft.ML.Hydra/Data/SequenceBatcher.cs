namespace Microsoft.ML.Hydra.Data;

/// <summary>
/// Makes the batches of an epoch: windows are cut and shuffled anew, grouped by similar length so that little is padding, and
/// the batches shuffled once more.
/// </summary>
internal sealed class SequenceBatcher
{
    // Windows are sorted by length only inside groups of about this many batches, which keeps batches varied.
    private const int BatchesPerGroup = 32;

    private readonly SequenceDataset _data;
    private readonly int[] _lengths;
    private readonly int _maximumLength;
    private readonly int _tokensPerBatch;

    /// <param name="data">The sequences.</param>
    /// <param name="lengths">How many events of each sequence may be used.</param>
    /// <param name="maximumLength">Most events in one window.</param>
    /// <param name="tokensPerBatch">Most positions in one batch, padding included.</param>
    public SequenceBatcher(SequenceDataset data, int[] lengths, int maximumLength, int tokensPerBatch)
    {
        (_data, _lengths, _maximumLength, _tokensPerBatch) = (data, lengths, maximumLength, tokensPerBatch);
    }

    /// <summary>The windows of each batch of one epoch.</summary>
    public List<SequenceWindow[]> Epoch(Random random)
    {
        var windows = new List<SequenceWindow>();
        for (int sequence = 0; sequence < _lengths.Length; sequence++)
        {
            WindowCutter.Cut(sequence, _lengths[sequence], _maximumLength, random, windows);
        }

        SequenceWindow[] shuffled = [.. windows];
        random.Shuffle(shuffled);
        var batches = new List<SequenceWindow[]>();
        foreach (ArraySegment<SequenceWindow> group in Groups(shuffled))
        {
            Array.Sort(group.Array!, group.Offset, group.Count, LongestFirst);
            AddBatches(group, batches);
        }

        SequenceWindow[][] order = [.. batches];
        random.Shuffle(order);
        return [.. order];
    }

    /// <summary>Lays windows out as a padded batch.</summary>
    public SequenceBatch Build(ReadOnlySpan<SequenceWindow> windows)
    {
        int length = 0, predicted = 0;
        foreach (SequenceWindow window in windows)
        {
            length = Math.Max(length, window.Length);
            predicted += window.Length;
        }

        var batch = new SequenceBatch
        {
            Size = windows.Length,
            Length = length,
            Items = new long[windows.Length * length],
            Positions = new long[windows.Length * length],
            Predicted = new long[predicted],
            Targets = new long[predicted],
        };
        for (int row = 0, next = 0; row < windows.Length; row++)
        {
            SequenceWindow window = windows[row];
            ReadOnlySpan<int> events = _data[window.Sequence].Slice(window.Start, window.Length + 1);
            for (int t = 0; t < window.Length; t++, next++)
            {
                int at = row * length + t;
                batch.Items[at] = events[t];
                batch.Positions[at] = window.Start + t;
                batch.Predicted[next] = at;
                batch.Targets[next] = events[t + 1];
            }
        }

        return batch;
    }

    // Ties keep a fixed order, whatever the sort does with equal keys.
    private static readonly Comparer<SequenceWindow> LongestFirst = Comparer<SequenceWindow>.Create((a, b) =>
        a.Length != b.Length ? b.Length.CompareTo(a.Length)
        : a.Sequence != b.Sequence ? a.Sequence.CompareTo(b.Sequence)
        : a.Start.CompareTo(b.Start));

    private IEnumerable<ArraySegment<SequenceWindow>> Groups(SequenceWindow[] windows)
    {
        long groupTokens = (long)_tokensPerBatch * BatchesPerGroup;
        int start = 0;
        long tokens = 0;
        for (int i = 0; i < windows.Length; i++)
        {
            tokens += windows[i].Length;
            if (tokens >= groupTokens || i == windows.Length - 1)
            {
                yield return new ArraySegment<SequenceWindow>(windows, start, i + 1 - start);
                (start, tokens) = (i + 1, 0);
            }
        }
    }

    private void AddBatches(ArraySegment<SequenceWindow> longestFirst, List<SequenceWindow[]> batches)
    {
        for (int start = 0; start < longestFirst.Count;)
        {
            int count = Math.Clamp(_tokensPerBatch / longestFirst[start].Length, 1, longestFirst.Count - start);
            batches.Add([.. longestFirst.Slice(start, count)]);
            start += count;
        }
    }
}
