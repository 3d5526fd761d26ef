using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Cli.Models;

/// <summary>How many events of the data are of items that a model knows.</summary>
/// <param name="Events">All events.</param>
/// <param name="Unknown">Those of items that the model does not know.</param>
/// <param name="UsersWithoutKnown">Users with events of which the model knows none.</param>
/// <param name="Example">An id of the data that the model does not know; null when it knows all.</param>
internal sealed record KnownEvents(long Events, long Unknown, long UsersWithoutKnown, string? Example)
{
    /// <param name="sequences">One row for each user.</param>
    /// <param name="column">The column with the ids as text.</param>
    /// <param name="known">The ids of the model.</param>
    /// <param name="itemType">The type of the model's items: two texts of one number are one id.</param>
    /// <param name="cancellationToken">Checked before each row.</param>
    public static KnownEvents Count(
        IDataView sequences, string column, IReadOnlySet<string> known, DataViewType itemType, CancellationToken cancellationToken)
    {
        using DataViewRowCursor cursor = sequences.GetRowCursor([sequences.Schema[column]]);
        ValueGetter<VBuffer<ReadOnlyMemory<char>>> read = cursor.GetGetter<VBuffer<ReadOnlyMemory<char>>>(sequences.Schema[column]);
        VBuffer<ReadOnlyMemory<char>> items = default;
        (long events, long unknown, long without, string? example) = (0, 0, 0, null);
        while (cursor.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            read(ref items);
            int unknownOfUser = 0;
            foreach (ReadOnlyMemory<char> item in items.GetValues())
            {
                string id = CatalogueNames.NameOf(item.Span, itemType);
                if (!known.Contains(id))
                {
                    unknownOfUser++;
                    example ??= item.ToString();
                }
            }

            events += items.Length;
            unknown += unknownOfUser;
            without += items.Length > 0 && unknownOfUser == items.Length ? 1 : 0;
        }

        return new KnownEvents(events, unknown, without, example);
    }

    /// <summary>The warning about events that the model does not know; null when it knows all.</summary>
    /// <param name="model">The ids of the model.</param>
    /// <exception cref="UserErrorException">It knows none.</exception>
    public string? Describe(IReadOnlySet<string> model)
    {
        if (Unknown == 0)
        {
            return null;
        }

        if (Unknown == Events)
        {
            string one = model.FirstOrDefault() is string id ? $" and one of the model is '{id}'" : string.Empty;
            throw new UserErrorException(FormattableString.Invariant(
                $"The model knows none of the {Events:N0} events of the data: an id of the data is '{Example}'{one}; expected the ids that it was trained on, in the column that --item-column names."));
        }

        string users = UsersWithoutKnown > 0
            ? FormattableString.Invariant($"; users without any event that it knows: {UsersWithoutKnown:N0}, to them the most popular items are recommended")
            : string.Empty;
        return FormattableString.Invariant($"The model does not know {Unknown:N0} of the {Events:N0} events, such as '{Example}'{users}.");
    }
}
