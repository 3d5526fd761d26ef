using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>
/// Where a split cuts each sequence: the events before the cut are its history, the first one after it is the next item.
/// </summary>
internal interface ISequenceCut
{
    /// <summary>Whether the cut depends on the timestamps.</summary>
    bool ReadsTimestamps { get; }

    /// <summary>Prepares the cut for one cursor.</summary>
    /// <param name="items">The items of the cursor's current row.</param>
    /// <param name="timestamps">Its timestamps, as long as the items; there when <see cref="ReadsTimestamps"/>.</param>
    ICutReader Bind(SequenceVector items, SequenceVector? timestamps);
}

/// <summary>A cut at work for one cursor.</summary>
internal interface ICutReader
{
    /// <summary>The length of the current row's history: 0 .. number of items.</summary>
    /// <param name="row">Number of the row, for the errors.</param>
    int HistoryLength(long row);

    /// <summary>Why no row of the whole data is in a part, as a sentence; <see langword="null"/> where that is no surprise.</summary>
    string? ExplainEmpty(bool isTest);
}

/// <summary>Cuts before the last item; a sequence of one item is all history.</summary>
internal sealed class LastItemCut : ISequenceCut
{
    public bool ReadsTimestamps => false;

    public ICutReader Bind(SequenceVector items, SequenceVector? timestamps) => new Reader(items);

    private sealed class Reader(SequenceVector items) : ICutReader
    {
        public int HistoryLength(long row) => items.Count == 1 ? 1 : Math.Max(items.Count - 1, 0);

        public string? ExplainEmpty(bool isTest) => null;
    }
}

/// <summary>Cuts before the first event at or after one moment.</summary>
/// <param name="columnName">The column of the timestamps.</param>
/// <param name="type">The type of the timestamps.</param>
/// <param name="boundaryKey">The moment, as a key of that type.</param>
internal sealed class TimeCut(string columnName, TimestampType type, long boundaryKey) : ISequenceCut
{
    public bool ReadsTimestamps => true;

    public ICutReader Bind(SequenceVector items, SequenceVector? timestamps) => new Reader(this, TimeKeys.Create(timestamps!, type));

    private string TextOf(long key) => InteractionReport.TimeText(type.TimeOf(key));

    private sealed class Reader(TimeCut cut, TimeKeys times) : ICutReader
    {
        private readonly long _boundary = cut.Boundary;
        private long _first = long.MaxValue;
        private long _last = long.MinValue;

        /// <summary>Number of keys below the boundary; keys ascend.</summary>
        public int HistoryLength(long row)
        {
            ReadOnlySpan<long> keys = times.Read(row);
            if (!keys.IsEmpty)
            {
                (_first, _last) = (Math.Min(_first, keys[0]), Math.Max(_last, keys[^1]));
            }

            int first = keys.IndexOfAnyInRange(_boundary, long.MaxValue);
            return first < 0 ? keys.Length : first;
        }

        public string? ExplainEmpty(bool isTest) => _first > _last ? null
            : $"SplitByTime at {cut.TextOf(_boundary)} leaves the {(isTest ? "test" : "train")} set empty, because {(isTest
                ? "no user has events on both sides of that moment"
                : "no event is before that moment")}: the times of '{cut.Name}' go from {cut.TextOf(_first)} to {cut.TextOf(_last)}, and numbers are read as Unix seconds.";
    }

    private string Name { get; } = columnName;

    private long Boundary { get; } = boundaryKey;
}
