using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>Splits sequences into histories to train on and next items to be predicted.</summary>
internal static class SequenceSplitting
{
    /// <summary>Cuts before the last item. Timestamps, if there are any, are cut at the same place.</summary>
    public static SequenceTrainTestData LeaveLastOut(
        IHostEnvironment environment, IDataView sequences, string itemsColumnName, string timestampsColumnName) =>
        Split(environment, sequences, FindColumns(sequences, itemsColumnName, timestampsColumnName), new LastItemCut());

    /// <summary>Cuts before the last item, and leaves a share of the items out of every history; reads the sequences once to draw them.</summary>
    public static SequenceColdItemsData WithColdItems(
        IHostEnvironment environment, IDataView sequences, double share, int seed, string itemsColumnName, string timestampsColumnName)
    {
        if (!(share > 0 && share < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(share), share, "The share of the items that are new must be above 0 and below 1, for example 0.1.");
        }

        SplitColumns columns = FindColumns(sequences, itemsColumnName, timestampsColumnName);
        DataViewSchema.Column items = columns.Items;
        if (!SequenceReader.IsItemType(((VectorDataViewType)items.Type).ItemType))
        {
            throw new ArgumentException(
                $"Column '{items.Name}' has type {items.Type}, but a vector of text, of an integer type or of keys is needed: {ColumnCure.ForIds(items.Type)}.",
                nameof(itemsColumnName));
        }

        ColdItems cold = ColdItems.Draw(sequences, items, share, seed);
        SequenceTrainTestData split = Split(environment, sequences, columns, new LastItemCut());
        return new SequenceColdItemsData(
            new WithoutItemsView(split.TrainSet, columns, cold, keepsEmpty: false),
            new WithoutItemsView(split.TestSet, columns, cold, keepsEmpty: true),
            cold.Ids);
    }

    /// <summary>Cuts before the first event at or after the boundary.</summary>
    public static SequenceTrainTestData ByTime(
        IHostEnvironment environment, IDataView sequences, DateTime boundary, string itemsColumnName, string timestampsColumnName) =>
        ByTime(environment, sequences, itemsColumnName, timestampsColumnName, (_, type) => type.KeyOfBoundary(boundary));

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
            environment,
            sequences,
            itemsColumnName,
            timestampsColumnName,
            (column, type) => TimeQuantile.BoundaryKey(sequences, column, type, testFraction));
    }

    private static SequenceTrainTestData ByTime(
        IHostEnvironment environment,
        IDataView sequences,
        string itemsColumnName,
        string timestampsColumnName,
        Func<DataViewSchema.Column, TimestampType, long> boundaryKey)
    {
        DataViewSchema.Column items = FindVector(sequences, itemsColumnName, nameof(itemsColumnName));
        DataViewSchema.Column timestamps = FindVector(sequences, timestampsColumnName, nameof(timestampsColumnName));
        TimestampType type = TimestampType.Require(timestamps, nameof(timestampsColumnName));
        var columns = new SplitColumns(sequences.Schema, items, timestamps);
        return Split(environment, sequences, columns, new TimeCut(timestamps.Name, type, boundaryKey(timestamps, type)));
    }

    private static SequenceTrainTestData Split(
        IHostEnvironment environment, IDataView sequences, SplitColumns columns, ISequenceCut cut)
    {
        return new SequenceTrainTestData(
            new SplitDataView(sequences, columns, cut, isTest: false, Warn),
            new SplitDataView(sequences, columns, cut, isTest: true, Warn));

        void Warn(string sentence)
        {
            using IChannel channel = environment.Start("Split");
            channel.Warning(MessageSensitivity.None, sentence);
        }
    }

    // Timestamps count where they are a vector.
    private static SplitColumns FindColumns(IDataView sequences, string itemsColumnName, string timestampsColumnName)
    {
        DataViewSchema.Column items = FindVector(sequences, itemsColumnName, nameof(itemsColumnName));
        DataViewSchema.Column? timestamps = string.IsNullOrEmpty(timestampsColumnName) || timestampsColumnName == itemsColumnName
            ? null
            : sequences.Schema.GetColumnOrNull(timestampsColumnName);
        return new SplitColumns(sequences.Schema, items, timestamps?.Type is VectorDataViewType ? timestamps : null);
    }

    private static DataViewSchema.Column FindVector(IDataView sequences, string name, string parameterName)
    {
        DataViewSchema.Column column = SchemaLookup.Find(sequences.Schema, name, parameterName);
        return column.Type is VectorDataViewType ? column : throw new ArgumentException(
            $"Column '{name}' has type {column.Type}, but a vector is needed, one row a user: make it with GroupInteractions.",
            parameterName);
    }
}
