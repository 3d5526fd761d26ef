using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>Splits sequences into histories to train on and next items to be predicted.</summary>
internal static class SequenceSplitting
{
    /// <summary>Cuts before the last item. Timestamps, if there are any, are cut at the same place.</summary>
    public static SequenceTrainTestData LeaveLastOut(
        IHostEnvironment environment, IDataView sequences, string itemsColumnName, string timestampsColumnName)
    {
        DataViewSchema.Column items = FindVector(sequences, itemsColumnName, nameof(itemsColumnName));
        DataViewSchema.Column? timestamps = string.IsNullOrEmpty(timestampsColumnName) || timestampsColumnName == itemsColumnName
            ? null
            : sequences.Schema.GetColumnOrNull(timestampsColumnName);
        return Split(sequences, items, timestamps?.Type is VectorDataViewType ? timestamps : null, new LastItemCut());
    }

    /// <summary>Cuts before the first event at or after the boundary.</summary>
    public static SequenceTrainTestData ByTime(
        IHostEnvironment environment, IDataView sequences, DateTime boundary, string itemsColumnName, string timestampsColumnName) =>
        ByTime(sequences, itemsColumnName, timestampsColumnName, (_, type) => type.KeyOfBoundary(boundary));

    /// <summary>Cuts at the moment from which about that share of all events follows; reads the sequences once to find it.</summary>
    public static SequenceTrainTestData ByTime(
        IHostEnvironment environment, IDataView sequences, double testFraction, string itemsColumnName, string timestampsColumnName)
    {
        if (!(testFraction > 0 && testFraction < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(testFraction), testFraction, "The share of events to test on must be above 0 and below 1, for example 0.1.");
        }

        return ByTime(
            sequences,
            itemsColumnName,
            timestampsColumnName,
            (column, type) => TimeQuantile.BoundaryKey(sequences, column, type, testFraction));
    }

    private static SequenceTrainTestData ByTime(
        IDataView sequences,
        string itemsColumnName,
        string timestampsColumnName,
        Func<DataViewSchema.Column, TimestampType, long> boundaryKey)
    {
        DataViewSchema.Column items = FindVector(sequences, itemsColumnName, nameof(itemsColumnName));
        DataViewSchema.Column timestamps = FindVector(sequences, timestampsColumnName, nameof(timestampsColumnName));
        TimestampType type = TimestampType.Require(timestamps, nameof(timestampsColumnName));
        return Split(sequences, items, timestamps, new TimeCut(type, boundaryKey(timestamps, type)));
    }

    private static SequenceTrainTestData Split(
        IDataView sequences, DataViewSchema.Column items, DataViewSchema.Column? timestamps, ISequenceCut cut)
    {
        var columns = new SplitColumns(sequences.Schema, items, timestamps);
        return new SequenceTrainTestData(
            new SplitDataView(sequences, columns, cut, isTest: false),
            new SplitDataView(sequences, columns, cut, isTest: true));
    }

    private static DataViewSchema.Column FindVector(IDataView sequences, string name, string parameterName)
    {
        DataViewSchema.Column column = SchemaLookup.Find(sequences.Schema, name, parameterName);
        return column.Type is VectorDataViewType ? column : throw new ArgumentException(
            $"Column '{name}' has type {column.Type}, but a vector is needed, one row a user: make it with GroupInteractions.",
            parameterName);
    }
}

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
    /// <returns>From the number of a row, for the errors, the length of the current row's history: 0 .. number of items.</returns>
    Func<long, int> Bind(SequenceVector items, SequenceVector? timestamps);
}

/// <summary>Cuts before the last item; a sequence of one item is all history.</summary>
internal sealed class LastItemCut : ISequenceCut
{
    public bool ReadsTimestamps => false;

    public Func<long, int> Bind(SequenceVector items, SequenceVector? timestamps) =>
        _ => items.Count == 1 ? 1 : Math.Max(items.Count - 1, 0);
}

/// <summary>Cuts before the first event at or after one moment.</summary>
/// <param name="type">The type of the timestamps.</param>
/// <param name="boundaryKey">The moment, as a key of that type.</param>
internal sealed class TimeCut(TimestampType type, long boundaryKey) : ISequenceCut
{
    public bool ReadsTimestamps => true;

    public Func<long, int> Bind(SequenceVector items, SequenceVector? timestamps)
    {
        TimeKeys keys = TimeKeys.Create(timestamps!, type);
        return row => CountBefore(keys.Read(row));
    }

    /// <summary>Number of keys below the boundary; keys ascend.</summary>
    private int CountBefore(ReadOnlySpan<long> keys)
    {
        int first = keys.IndexOfAnyInRange(boundaryKey, long.MaxValue);
        return first < 0 ? keys.Length : first;
    }
}
