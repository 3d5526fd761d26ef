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
    /// (empty text, key 0 or integer 0) or without a time (NaN or the zero DateTime) are skipped and counted.
    /// </summary>
    /// <param name="environment">Whose log gets the report, and a warning for what is likely to be wrong.</param>
    /// <param name="interactions">One event a row.</param>
    /// <param name="options">The columns and what is dropped.</param>
    /// <param name="report">What was found.</param>
    /// <param name="maximumNumberOfEvents">More events than one array can hold are refused.</param>
    public static IDataView Group(
        IHostEnvironment environment,
        IDataView interactions,
        InteractionGroupingOptions options,
        out InteractionReport report,
        int maximumNumberOfEvents = InteractionEvents.MaximumCount)
    {
        EventColumns columns = EventColumns.Find(interactions.Schema, options);
        CheckNames(options);
        InteractionEvents events = InteractionEvents.Read(interactions, columns, maximumNumberOfEvents);
        SequencedEvents sequences = SequencedEvents.Of(events, options.DropRepeats);
        report = Report(options, columns, events, sequences);
        Log(environment, report);
        return View(events, sequences);
    }

    private static void CheckNames(InteractionGroupingOptions options)
    {
        foreach ((string role, string? name) in new[] { ("user", options.UserColumnName), ("domain", options.DomainColumnName) })
        {
            if (name == ItemsName || (options.TimestampColumnName is not null && name == TimestampsName))
            {
                throw new ArgumentException(
                    $"The {role} column is named '{name}', as a column of the result will be: "
                    + "give it another name with Transforms.CopyColumns.",
                    $"{role}ColumnName");
            }
        }

        if (options.DomainColumnName == options.UserColumnName)
        {
            throw new ArgumentException(
                $"The column '{options.UserColumnName}' is named as the user and as the domain: name two columns.", "domainColumnName");
        }
    }

    private static SequenceDataView View(InteractionEvents events, SequencedEvents sequences)
    {
        int[] order = sequences.Order, offsets = sequences.Offsets;
        ReadOnlySpan<int> codes = events.Items.Codes;
        var items = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            items[i] = codes[order[i]];
        }

        List<SequenceColumn> columns =
            [.. events.Groups.ToColumns(), events.Items.ToVectorColumn(ItemsName, items, offsets)];
        if (events.Times is { } times)
        {
            columns.Add(times.ToVectorColumn(TimestampsName, order, offsets));
        }

        return new SequenceDataView(columns, events.Groups.Count);
    }

    private static InteractionReport Report(
        InteractionGroupingOptions options, EventColumns columns, InteractionEvents events, SequencedEvents sequences) => new()
    {
        UserColumnName = options.UserColumnName,
        ItemColumnName = options.ItemColumnName,
        TimestampColumnName = options.TimestampColumnName,
        NumberOfRows = events.Rows,
        NumberOfUsers = events.Users.DistinctCount,
        NumberOfItems = events.Items.DistinctCount,
        NumberOfEvents = sequences.Order.Length,
        FirstTime = sequences.Times.First,
        LastTime = sequences.Times.Last,
        NumberOfTies = sequences.Times.Ties,
        NumberOfExactDuplicates = sequences.Times.Copies,
        NumberOfRepeats = sequences.Repeats,
        NumberOfDroppedRepeats = sequences.Dropped,
        NumberOfRowsWithoutUser = events.RowsWithoutUser,
        NumberOfRowsWithoutItem = events.RowsWithoutItem,
        NumberOfRowsWithItemZero = columns.Item.Type is KeyDataViewType or TextDataViewType ? 0 : events.RowsWithoutItem,
        NumberOfRowsWithoutTime = events.RowsWithoutTime,
        HasMixedTimeUnits = sequences.Times.HasMixedUnits,
    };

    private static void Log(IHostEnvironment environment, InteractionReport report)
    {
        using IChannel channel = environment.Start("GroupInteractions");
        foreach (string line in report.ToString().Split('\n'))
        {
            channel.Info(MessageSensitivity.None, line);
        }

        foreach (string warning in report.Warnings)
        {
            channel.Warning(MessageSensitivity.None, warning);
        }
    }
}

/// <summary>Finds columns by name; the error for a missing one lists the columns that exist.</summary>
internal static class SchemaLookup
{
    /// <summary>The visible column of that name.</summary>
    /// <param name="schema">Where to look.</param>
    /// <param name="name">The name to look for.</param>
    /// <param name="parameterName">The caller's parameter that carries the name, for the error.</param>
    /// <exception cref="ArgumentException">The name is empty, or no column has it.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name, string parameterName)
    {
        ArgumentException.ThrowIfNullOrEmpty(name, parameterName);
        return schema.GetColumnOrNull(name) ?? throw new ArgumentException(
            $"Column '{name}' is not in the data, which has {Describe(schema)}: pass the name of one of these as {parameterName}.",
            parameterName);
    }

    /// <summary>Only the annotation that lets keys be mapped back to values.</summary>
    public static DataViewSchema.Annotations KeyValuesOf(DataViewSchema.Column column)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(column.Annotations, kind => kind == KeyValueTable.AnnotationName);
        return builder.ToAnnotations();
    }

    private static string Describe(DataViewSchema schema)
    {
        string[] names = [.. schema.Where(column => !column.IsHidden).Select(column => $"'{column.Name}'")];
        return names.Length == 0 ? "no columns" : string.Join(", ", names);
    }
}
