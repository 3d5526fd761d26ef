using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Training;

/// <summary>
/// Makes the batches of an epoch: windows are cut and shuffled anew, grouped by similar length so that a GPU pads little, and
/// the batches shuffled once more.
/// </summary>
/// <param name="data">The sequences.</param>
/// <param name="lengths">How many events of each sequence may be used.</param>
/// <param name="maximumLength">Most events in one window.</param>
/// <param name="tokensPerBatch">Most events in one batch; a window that is longer is a batch of its own.</param>
internal sealed class SequenceBatcher(SequenceDataset data, int[] lengths, int maximumLength, int tokensPerBatch)
{
    // Windows are sorted by length only inside groups of about this many batches, which keeps batches varied.
    private const int BatchesPerGroup = 32;

    // Ties keep a fixed order, whatever the sort does with equal keys.
    private static readonly Comparer<SequenceWindow> s_longestFirst = Comparer<SequenceWindow>.Create((a, b) =>
        a.Length != b.Length ? b.Length.CompareTo(a.Length)
        : a.Sequence != b.Sequence ? a.Sequence.CompareTo(b.Sequence)
        : a.Start.CompareTo(b.Start));

    /// <summary>The windows of each batch of one epoch.</summary>
    public List<SequenceWindow[]> Epoch(Random random)
    {
        var windows = new List<SequenceWindow>();
        for (int sequence = 0; sequence < lengths.Length; sequence++)
        {
            WindowCutter.Cut(sequence, lengths[sequence], maximumLength, random, windows);
        }

        SequenceWindow[] shuffled = [.. data.Domains is null ? windows : windows.Where(HasTarget)];
        random.Shuffle(shuffled);
        var batches = new List<SequenceWindow[]>();
        foreach (ArraySegment<SequenceWindow> group in ByDomain(shuffled).SelectMany(Groups))
        {
            Array.Sort(group.Array!, group.Offset, group.Count, s_longestFirst);
            AddBatches(group, batches);
        }

        random.Shuffle(CollectionsMarshal.AsSpan(batches));
        return batches;
    }

    /// <summary>Lays windows out as a batch.</summary>
    public SequenceBatch Build(ReadOnlySpan<SequenceWindow> windows)
    {
        var windowLengths = new int[windows.Length];
        for (int i = 0; i < windowLengths.Length; i++)
        {
            windowLengths[i] = windows[i].Length;
        }

        int tokens = windowLengths.Sum();
        var batch = new SequenceBatch
        {
            Lengths = windowLengths,
            Items = new int[tokens],
            Positions = new int[tokens],
            Targets = new long[tokens],
            Times = data.HasTimes ? new float[tokens * EventClock.Features] : null,
            Domain = windows.IsEmpty ? 0 : data.DomainOf(windows[0].Sequence),
        };
        int next = 0;
        foreach (SequenceWindow window in windows)
        {
            if (batch.Times is { } times)
            {
                data.Times(window.Sequence).Slice(window.Start * EventClock.Features, window.Length * EventClock.Features)
                    .CopyTo(times.AsSpan(next * EventClock.Features));
            }

            ReadOnlySpan<int> events = data[window.Sequence].Slice(window.Start, window.Length + 1);
            for (int t = 0; t < window.Length; t++, next++)
            {
                (batch.Items[next], batch.Positions[next], batch.Targets[next]) = (events[t], window.Start + t, IsTarget(events[t + 1], batch.Domain) ? events[t + 1] : 0);
            }
        }

        return batch;
    }

    // An event of another domain is context.
    private bool IsTarget(int row, int domain) => data.Domains is null || data.Domains.Of(row) == domain;

    private bool HasTarget(SequenceWindow window)
    {
        foreach (int row in data[window.Sequence].Slice(window.Start + 1, window.Length))
        {
            if (IsTarget(row, data.DomainOf(window.Sequence)))
            {
                return true;
            }
        }

        return false;
    }

    // A batch holds sequences of one domain.
    private IEnumerable<SequenceWindow[]> ByDomain(SequenceWindow[] windows) => data.Domains is null
        ? [windows]
        : windows.GroupBy(window => data.DomainOf(window.Sequence)).OrderBy(group => group.Key).Select(group => group.ToArray());

    private IEnumerable<ArraySegment<SequenceWindow>> Groups(SequenceWindow[] windows)
    {
        long groupTokens = (long)tokensPerBatch * BatchesPerGroup;
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
        for (int start = 0, end; start < longestFirst.Count; start = end)
        {
            int tokens = longestFirst[start].Length;
            for (end = start + 1; end < longestFirst.Count && tokens + longestFirst[end].Length <= tokensPerBatch; end++)
            {
                tokens += longestFirst[end].Length;
            }

            batches.Add([.. longestFirst[start..end]]);
        }
    }
}

/// <summary>Windows one after another, without padding: T events, each with the one that came next.</summary>
internal sealed class SequenceBatch
{
    /// <summary>Events of each window.</summary>
    public required int[] Lengths { get; init; }

    /// <summary>Item rows read, <c>[T]</c>.</summary>
    public required int[] Items { get; init; }

    /// <summary>Position of each event in its user's whole history, <c>[T]</c>.</summary>
    public required int[] Positions { get; init; }

    /// <summary>Features of the events' times, <c>[T, <see cref="EventClock.Features"/>]</c>; null where none are read.</summary>
    public float[]? Times { get; init; }

    /// <summary>The item row that came after each event, <c>[T]</c>; 0 where it is of another domain than the batch, and is not learned from.</summary>
    public required long[] Targets { get; init; }

    /// <summary>The domain of all its sequences.</summary>
    public int Domain { get; init; }
}

/// <summary>A piece of one sequence to train on in one go.</summary>
/// <param name="Sequence">Index of the sequence in its data set.</param>
/// <param name="Start">Index of the first event read, counted from the sequence's first: its position.</param>
/// <param name="Length">Number of events read; each predicts the event after it.</param>
internal readonly record struct SequenceWindow(int Sequence, int Start, int Length);

/// <summary>
/// Cuts sequences into windows so that every event but a sequence's first is predicted exactly once. A sequence that fits is one
/// window. A longer one is covered by as few windows as possible; how much shorter the first and the last of them are is
/// random, so that borders are at other places in every epoch.
/// </summary>
internal static class WindowCutter
{
    /// <summary>Adds the windows of one sequence to <paramref name="windows"/>.</summary>
    /// <param name="sequence">Index of the sequence.</param>
    /// <param name="events">Number of its events that may be used.</param>
    /// <param name="maximumLength">Most events read in one window.</param>
    /// <param name="random">Source of the borders.</param>
    /// <param name="windows">Receives the windows.</param>
    public static void Cut(int sequence, int events, int maximumLength, Random random, List<SequenceWindow> windows)
    {
        int predictions = events - 1;
        if (predictions <= 0)
        {
            return;
        }

        int count = (predictions - 1) / maximumLength + 1;
        int spare = (int)((long)count * maximumLength - predictions);
        int first = count == 1 ? predictions : maximumLength - random.Next(spare + 1);
        for (int start = 0, length = first; start < predictions; start += length, length = maximumLength)
        {
            length = Math.Min(length, predictions - start);
            windows.Add(new SequenceWindow(sequence, start, length));
        }
    }
}
