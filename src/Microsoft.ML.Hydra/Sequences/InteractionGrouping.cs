using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>Turns interactions, one a row in any order, into sequences, one row a user.</summary>
internal static class InteractionGrouping
{
    private const string ItemsName = "Items";
    private const string TimestampsName = "Timestamps";

    /// <summary>
    /// Reads the interactions once and groups them in memory. Rows without a user (empty text or key 0), without an item
    /// (empty text, key 0 or integer 0) or without a time (NaN or the zero DateTime) are skipped; one warning counts them.
    /// </summary>
    /// <param name="environment">Whose log gets the warning.</param>
    /// <param name="interactions">One event a row.</param>
    /// <param name="userColumnName">Text, integer or key.</param>
    /// <param name="itemColumnName">Text, integer or key.</param>
    /// <param name="timestampColumnName">Integer, floating or DateTime; <see langword="null"/> keeps the order of the rows.</param>
    /// <param name="maximumNumberOfEvents">More events than one array can hold are refused.</param>
    public static IDataView Group(
        IHostEnvironment environment,
        IDataView interactions,
        string userColumnName,
        string itemColumnName,
        string? timestampColumnName,
        int maximumNumberOfEvents = InteractionEvents.MaximumCount)
    {
        DataViewSchema.Column user = FindId(interactions, userColumnName, "user", nameof(userColumnName));
        DataViewSchema.Column item = FindId(interactions, itemColumnName, "item", nameof(itemColumnName));
        DataViewSchema.Column? timestamp = timestampColumnName is null
            ? null
            : SchemaLookup.Find(interactions.Schema, timestampColumnName, nameof(timestampColumnName));
        TimestampType? timestampType = timestamp is { } found ? TimestampType.Require(found, nameof(timestampColumnName)) : null;
        if (userColumnName == ItemsName || (timestamp is not null && userColumnName == TimestampsName))
        {
            throw new ArgumentException(
                $"The user column is named '{userColumnName}', as a column of the result will be: "
                + "give it another name with Transforms.CopyColumns.",
                nameof(userColumnName));
        }

        InteractionEvents events = InteractionEvents.Read(interactions, user, item, timestamp, timestampType, maximumNumberOfEvents);
        events.ReportSkipped(environment);

        int[] offsets = EventOrder.Offsets(events.Users.Codes, events.Users.DistinctCount);
        int[] order = EventOrder.ByUser(events.Users.Codes, offsets);
        events.Times?.Sort(order, offsets);

        ReadOnlySpan<int> codes = events.Items.Codes;
        var items = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            items[i] = codes[order[i]];
        }

        List<SequenceColumn> columns =
            [events.Users.ToScalarColumn(user), events.Items.ToVectorColumn(ItemsName, item, items, offsets)];
        if (events.Times is { } times)
        {
            columns.Add(times.ToVectorColumn(TimestampsName, order, offsets));
        }

        return new SequenceDataView(columns, events.Users.DistinctCount);
    }

    private static DataViewSchema.Column FindId(IDataView interactions, string name, string role, string parameterName)
    {
        DataViewSchema.Column column = SchemaLookup.Find(interactions.Schema, name, parameterName);
        IdColumn.Check(column, role, parameterName);
        return column;
    }
}
