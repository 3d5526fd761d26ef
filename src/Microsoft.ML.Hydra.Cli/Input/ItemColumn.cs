using System.Globalization;

namespace Microsoft.ML.Hydra.Cli.Input;

/// <summary>
/// A column of a file of items besides their ids, and what its cells have shown so far: it holds numbers when it has one and every cell that is not
/// empty is one, else words.
/// </summary>
/// <param name="file">What messages call the file.</param>
/// <param name="index">Its place, from 0.</param>
/// <param name="name">Its name in the header.</param>
/// <param name="use">What is done with it.</param>
internal sealed class ItemColumn(TableName file, int index, string name, ItemColumnUse use)
{
    private const int FewestIds = 20;

    private HashSet<float>? _different = [];
    private long _numbers;
    private long _others;
    private long _withComma;
    private long _empty;
    private (string Text, long Row) _firstOther;

    public int Index => index;

    public string Name => name.Length > 0 ? name : FormattableString.Invariant($"column {index + 1}");

    /// <summary>Whether it may be used.</summary>
    public bool IsUsable => use != ItemColumnUse.None;

    /// <summary>Whether it is used: it may be, and has a cell that is not empty, or a trained model reads it.</summary>
    public bool IsUsed => use is ItemColumnUse.Words or ItemColumnUse.Numbers || (IsUsable && _numbers + _others > 0);

    public bool IsNumber => use == ItemColumnUse.Numbers || (use == ItemColumnUse.Any && _numbers > 0 && _others == 0);

    /// <summary>Looks at the next cell.</summary>
    /// <exception cref="UserErrorException">It is no number, and the column must hold numbers.</exception>
    public void Add(ReadOnlySpan<char> cell, long row)
    {
        if (!IsUsable)
        {
            return;
        }

        if (cell.IsWhiteSpace())
        {
            _empty++;
        }
        else if (NumberOf(cell) is float number && float.IsFinite(number))
        {
            _numbers++;
            _different = _different is not null && number == MathF.Truncate(number) && _different.Add(number) ? _different : null;
        }
        else
        {
            _withComma += IsNumberWithComma(cell) ? 1 : 0;
            _firstOther = _others++ == 0 ? (cell.Trim().ToString(), row) : _firstOther;
            if (use == ItemColumnUse.Numbers)
            {
                throw new UserErrorException(FormattableString.Invariant(
                    $"Row {row} of the {file} (the header not counted) has '{_firstOther.Text}' in the column '{Name}', which the model was trained with as numbers; expected a finite number or an empty cell."));
            }
        }
    }

    /// <summary>The number in a cell; NaN for an empty cell.</summary>
    public static float NumberOf(ReadOnlySpan<char> cell) =>
        float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) ? number : float.NaN;

    private static bool IsNumberWithComma(ReadOnlySpan<char> cell) => cell.Count(',') == 1 && float.IsFinite(NumberOf(cell.ToString().Replace(',', '.')));

    /// <summary>What may be wrong with the column; null where nothing seems to be.</summary>
    /// <param name="items">The number of items.</param>
    public string? Hint(int items)
    {
        if (use != ItemColumnUse.Any)
        {
            return null;
        }

        if (_withComma > 0 && _withComma == _others)
        {
            return FormattableString.Invariant(
                $"The column '{Name}' of the {file} is read as words, but all its cells are numbers if a comma is a decimal point, such as '{_firstOther.Text}' in row {_firstOther.Row}. Write these numbers with a point to read the column as numbers, or leave it out with --ignore-columns.");
        }

        if (_numbers > _others && _others > 0)
        {
            return FormattableString.Invariant(
                $"The column '{Name}' of the {file} is read as words: {_numbers:N0} cells are numbers, but {_others:N0} {(_others == 1 ? "is" : "are")} not, such as '{_firstOther.Text}' in row {_firstOther.Row}. Empty such cells to read the column as numbers, or leave it out with --ignore-columns.");
        }

        return IsNumber && _empty == 0 && items >= FewestIds && _different is not null
            ? $"The column '{Name}' of the {file} has another whole number in every row, as ids have; if it holds ids, leave it out with --ignore-columns."
            : null;
    }
}

/// <summary>What is done with a column.</summary>
internal enum ItemColumnUse
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Its cells decide whether they are words or numbers.</summary>
    Any,

    /// <summary>A trained model reads words from it.</summary>
    Words,

    /// <summary>A trained model reads numbers from it.</summary>
    Numbers,
}

/// <summary>Which columns of a file of items are used.</summary>
/// <param name="Id">Name or position of the column with the item; null to look for a usual name.</param>
/// <param name="Ignored">Names of columns that are left out.</param>
/// <param name="Trained">The columns that a trained model reads; null to use every column.</param>
/// <param name="Domain">Name or position of the column with the domain; null for one domain.</param>
internal sealed record ItemColumnChoice(
    string? Id = null, IReadOnlyList<string>? Ignored = null, TrainedItemColumns? Trained = null, string? Domain = null)
{
    /// <summary>Every column except those of the item and its domain.</summary>
    /// <exception cref="UserErrorException">A column that is named does not exist, or two that are used have the same name.</exception>
    public ItemColumn[] Choose(TableFile file, IReadOnlyList<string> header, FoundColumn id, FoundColumn? domain)
    {
        int[] others = [.. Enumerable.Range(0, header.Count).Where(place => place != id.Index && place != domain?.Index)];
        HashSet<int> ignored = [.. (Ignored ?? []).SelectMany(name => Places(file, header, others, name))];
        if (Trained is null && others.Where(place => header[place].Length > 0 && !ignored.Contains(place)).GroupBy(place => header[place]).FirstOrDefault(places => places.Count() > 1) is { } same)
        {
            throw new UserErrorException($"The {file.Name} has the column '{same.Key}' more than once; rename or remove the others, or leave all of them out with --ignore-columns.");
        }

        return Trained is null
            ? [.. others.Select(place => new ItemColumn(file.Name, place, header[place], ignored.Contains(place) || header[place].Length == 0 ? ItemColumnUse.None : ItemColumnUse.Any))]
            : Trained.Choose(file, header, others);
    }

    private static int[] Places(TableFile file, IReadOnlyList<string> header, int[] others, string name)
    {
        int[] exact = [.. others.Where(place => header[place] == name)];
        int[] found = exact.Length > 0 ? exact : [.. others.Where(place => header[place].Equals(name, StringComparison.OrdinalIgnoreCase))];
        return found.Length > 0 ? found : throw new UserErrorException(
            $"--ignore-columns names '{name}', but the {file.Name} has no such column beside the item; expected names among {ColumnNames.List([.. others.Select(place => header[place])])}.");
    }
}

/// <summary>The columns of a file of items that a trained model reads, in the order that it reads them.</summary>
/// <param name="Words">Names of the columns with words.</param>
/// <param name="Numbers">Names of the columns with numbers.</param>
internal sealed record TrainedItemColumns(IReadOnlyList<string> Words, IReadOnlyList<string> Numbers)
{
    /// <summary>The columns of the model, and then the others, which are left out.</summary>
    /// <exception cref="UserErrorException">A column of the model is not there, or there are two of its name.</exception>
    public ItemColumn[] Choose(TableFile file, IReadOnlyList<string> header, int[] others)
    {
        ItemColumn[] read = [.. Find(Words, ItemColumnUse.Words), .. Find(Numbers, ItemColumnUse.Numbers)];
        return
        [
            .. read,
            .. others.Where(place => read.All(column => column.Index != place)).Select(place => new ItemColumn(file.Name, place, header[place], ItemColumnUse.None)),
        ];

        IEnumerable<ItemColumn> Find(IReadOnlyList<string> names, ItemColumnUse use) => names.Select(name =>
            others.Where(place => header[place] == name).ToArray() switch
            {
                [int place] => new ItemColumn(file.Name, place, name, use),
                [] => throw new UserErrorException(
                    $"The {file.Name} has no column '{name}', from which the model reads {(use == ItemColumnUse.Words ? "words" : "numbers")}; its header, split at {FileFormat.NameOf(file.Separator)}, has {ColumnNames.List(header)}. Add the column; its cells may be empty."),
                _ => throw new UserErrorException($"The {file.Name} has the column '{name}' more than once, and the model reads one; rename or remove the others."),
            });
    }
}
