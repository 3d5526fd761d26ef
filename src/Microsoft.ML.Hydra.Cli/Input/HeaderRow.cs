using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>The fields of the first row, read by the same loader as all rows, so that quotes have the same meaning.</summary>
internal sealed class HeaderRow
{
    private readonly TableFile _file;
    private readonly string[] _names;

    private HeaderRow(TableFile file, string[] names)
    {
        _file = file;
        _names = names;
    }

    public static HeaderRow Read(MLContext mlContext, TableFile file)
    {
        TextLoader.Options options = file.LoaderOptions();
        options.HasHeader = false;
        options.MaxRows = 1;
        options.Columns =
        [
            new TextLoader.Column { Name = "Fields", DataKind = DataKind.String, Source = [new TextLoader.Range { Min = 0, VariableEnd = true }] },
        ];
        IDataView view = mlContext.Data.CreateTextLoader(options, file).Load(file);
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        VBuffer<ReadOnlyMemory<char>> fields = default;
        if (cursor.MoveNext())
        {
            cursor.GetGetter<VBuffer<ReadOnlyMemory<char>>>(view.Schema[0])(ref fields);
        }

        return new HeaderRow(file, [.. fields.DenseValues().Select(field => field.ToString().Trim())]);
    }

    /// <summary>Every field, in order.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The column of one role.</summary>
    /// <param name="role">What the column holds, and its usual names.</param>
    /// <param name="given">The name or position that the caller gives; null to look for a usual name.</param>
    /// <returns>Null when no name is given and no column has a usual one.</returns>
    /// <exception cref="UserErrorException">The given column is not there, or two columns fit.</exception>
    public FoundColumn? Find(ColumnRole role, string? given)
    {
        if (!_file.HasHeader)
        {
            string? position = given ?? role.DefaultPosition;
            return position is null ? null : AtPosition(position) ?? throw new UserErrorException(FormattableString.Invariant(
                $"{role.Argument} is '{position}', but without a header a column is named by its position, and the first row of the {_file.Name}, split at {FileFormat.NameOf(_file.Separator)}, has {_names.Length} fields; expected a number from 1 to {_names.Length}."));
        }

        if (given is null)
        {
            return Only(role, Places(name => name == role.Name)) ?? Only(role, Places(role.IsUsual));
        }

        return Only(role, Places(name => name == given))
            ?? Only(role, Places(name => name.Equals(given, StringComparison.OrdinalIgnoreCase)))
            ?? AtPosition(given)
            ?? throw Missing(role, given);
    }

    /// <summary>As <see cref="Find"/> for a column that must be there.</summary>
    public FoundColumn FindRequired(ColumnRole role, string? given) => Find(role, given) ?? throw Missing(role, role.Name);

    /// <summary>Names of the columns that hold none of these.</summary>
    public IEnumerable<string> Without(params IEnumerable<FoundColumn> columns) =>
        _names.Where((_, place) => columns.All(column => column.Index != place));

    private UserErrorException Missing(ColumnRole role, string name) => new(
        $"The {_file.Name} has no column '{name}'; its header, split at {FileFormat.NameOf(_file.Separator)}, has {ColumnNames.List(_names)}; name the right one with {role.Argument}, {(_file.Name.Kind is { NoHeaderArgument: string noHeader } kind ? $"give the separator with {kind.SeparatorArgument}, or {noHeader} when the first row is an {kind.Row}" : $"or give the separator with {_file.Name.Kind.SeparatorArgument}")}.");

    private int[] Places(Func<string, bool> fits) => [.. Enumerable.Range(0, _names.Length).Where(place => fits(_names[place]))];

    private FoundColumn? Only(ColumnRole role, int[] places) => places switch
    {
        [] => null,
        [int place] => new FoundColumn(place, _names[place]),
        _ => throw new UserErrorException(FormattableString.Invariant(
            $"In the {_file.Name} {places.Length} columns can be the {role.What}: {string.Join(" and ", places.Select(place => FormattableString.Invariant($"'{_names[place]}' (column {place + 1})")))}; choose one by {(places.Select(place => _names[place]).Distinct().Count() == places.Length ? "name or position" : "its position")} with {role.Argument}, such as {role.Argument} {places[0] + 1}.")),
    };

    private FoundColumn? AtPosition(string text) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int position)
            && position >= 1 && position <= _names.Length
            ? new FoundColumn(position - 1, _file.HasHeader ? _names[position - 1] : FormattableString.Invariant($"column {position}"))
            : null;
}

/// <summary>A column of the file.</summary>
/// <param name="Index">Its place, from 0.</param>
/// <param name="Name">Its name in the header, or its position in words.</param>
internal sealed record FoundColumn(int Index, string Name);

/// <summary>What a column holds: the user, the item, the time or the domain.</summary>
internal sealed class ColumnRole
{
    private readonly HashSet<string> _usual;

    private ColumnRole(string what, string name, string argument, string? defaultPosition, params IEnumerable<string> usual)
    {
        (What, Name, Argument, DefaultPosition) = (what, name, argument, defaultPosition);
        _usual = [.. usual];
    }

    public static ColumnRole User { get; } = new(
        "user", InteractionColumns.DefaultUser, "--user-column", "1",
        "userid", "user", "uid", "username", "reviewerid", "reviewer", "visitorid", "visitor", "customerid", "customer", "clientid", "client",
        "memberid", "member", "accountid", "shopperid", "buyerid", "personid", "listenerid", "readerid", "playerid");

    public static ColumnRole Item { get; } = new(
        "item", InteractionColumns.DefaultItem, "--item-column", "2",
        "itemid", "item", "iid", "movieid", "movie", "asin", "parentasin", "productid", "product", "sku", "articleid", "article", "bookid", "book", "isbn",
        "songid", "song", "trackid", "track", "videoid", "video", "newsid", "contentid", "gameid", "recipeid", "businessid", "poiid", "venueid",
        "goodsid", "stockcode");

    /// <summary>The item of a row of a file of items: the same usual names.</summary>
    public static ColumnRole ItemOfItems { get; } = new("item", InteractionColumns.DefaultItem, "--items-id-column", null, Item._usual);

    public static ColumnRole Time { get; } = new(
        "time", InteractionColumns.DefaultTimestamp, "--timestamp-column", null,
        "timestamp", "time", "date", "datetime", "ts", "eventtime", "eventdate", "eventdatetime", "eventtimestamp", "unixtime", "unixtimestamp",
        "unixreviewtime", "timestampms", "createdat", "occurredat", "visitedat", "purchasedat", "orderdate", "purchasedate", "invoicedate", "tdat");

    /// <summary>The domain of a row. No name is a usual one: it must be given.</summary>
    public static ColumnRole Domain { get; } = new("domain", "domain", "--domain-column", null);

    /// <summary>What the column holds, in a word.</summary>
    public string What { get; }

    /// <summary>The name that is looked for first.</summary>
    public string Name { get; }

    /// <summary>The argument that names another column.</summary>
    public string Argument { get; }

    /// <summary>Where the column stands in a file without a header; null where that is not clear.</summary>
    public string? DefaultPosition { get; }

    /// <summary>Whether a name is one of the usual ones, in any case and with or without _, - and spaces.</summary>
    public bool IsUsual(string name) => _usual.Contains(string.Concat(name.Where(c => c is not ('_' or '-' or ' '))).ToLowerInvariant());
}
