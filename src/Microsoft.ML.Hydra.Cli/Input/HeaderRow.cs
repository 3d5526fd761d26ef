using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>The column names of a file, read by the same loader as its rows, so quoting means the same.</summary>
internal sealed class HeaderRow
{
    private readonly InteractionFile _file;
    private readonly string[] _names;

    private HeaderRow(InteractionFile file, string[] names)
    {
        _file = file;
        _names = names;
    }

    public static HeaderRow Read(MLContext mlContext, InteractionFile file)
    {
        TextLoader.Options options = LoaderOptions.Create(file);
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

    /// <summary>Index of a column, by its exact name or else by the only one that differs in case.</summary>
    /// <returns>-1 when there is none.</returns>
    public int Find(string name)
    {
        int exact = Array.IndexOf(_names, name);
        if (exact >= 0)
        {
            return exact;
        }

        int[] similar = [.. Enumerable.Range(0, _names.Length).Where(i => _names[i].Equals(name, StringComparison.OrdinalIgnoreCase))];
        return similar.Length == 1 ? similar[0] : -1;
    }

    /// <param name="name">The column's name.</param>
    /// <param name="argument">The argument that names it otherwise.</param>
    /// <exception cref="UserErrorException">There is no such column.</exception>
    public int FindRequired(string name, string argument)
    {
        int index = Find(name);
        return index >= 0
            ? index
            : throw new UserErrorException(
                $"The data file '{_file.Path}' has no column '{name}'; its header has {string.Join(", ", _names.Select(found => $"'{found}'"))}; name the right one with {argument}.");
    }
}
