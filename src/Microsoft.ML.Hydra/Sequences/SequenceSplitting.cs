using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>Splits sequences into histories to train on and next items to be predicted.</summary>
internal static class SequenceSplitting
{
    /// <summary>Cuts before the last item. Timestamps are cut along when there are any.</summary>
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

    /// <summary>Cuts before the moment from which on about that share of all events lies; reads the sequences once to find it.</summary>
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
