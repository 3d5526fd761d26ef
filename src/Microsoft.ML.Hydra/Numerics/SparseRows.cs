namespace Microsoft.ML.Hydra.Numerics;

/// <summary>A matrix of which each row holds few values, row by row (compressed sparse rows). Immutable.</summary>
internal sealed class SparseRows
{
    /// <param name="numberOfColumns">Number of columns.</param>
    /// <param name="offsets">Values of row r are those from <c>offsets[r]</c> to before <c>offsets[r + 1]</c>; starts with 0.</param>
    /// <param name="columns">The column of each value, ascending in a row.</param>
    /// <param name="values">The values.</param>
    public SparseRows(int numberOfColumns, int[] offsets, int[] columns, float[] values) =>
        (NumberOfColumns, Offsets, Columns, Values) = (numberOfColumns, offsets, columns, values);

    public int NumberOfColumns { get; }

    public int NumberOfRows => Offsets.Length - 1;

    /// <summary>Where each row starts, and the end.</summary>
    public int[] Offsets { get; }

    /// <summary>The column of each value.</summary>
    public int[] Columns { get; }

    public float[] Values { get; }

    /// <summary>How many of the last columns have a value in each row that is not empty; kernels read them as a dense matrix.</summary>
    public int CountFullColumns()
    {
        int full = NumberOfColumns;
        for (int row = 0; row < NumberOfRows; row++)
        {
            ReadOnlySpan<int> columns = ColumnsOf(row);
            int of = 0;
            while (of < full && of < columns.Length && columns[^(of + 1)] == NumberOfColumns - 1 - of)
            {
                of++;
            }

            full = columns.IsEmpty ? full : of;
        }

        return full;
    }

    /// <summary>Whether a row holds no value.</summary>
    public bool IsEmpty(int row) => Offsets[row] == Offsets[row + 1];

    /// <summary>The columns of a row's values.</summary>
    public ReadOnlySpan<int> ColumnsOf(int row) => Columns.AsSpan(Offsets[row]..Offsets[row + 1]);

    /// <summary>The values of a row.</summary>
    public ReadOnlySpan<float> ValuesOf(int row) => Values.AsSpan(Offsets[row]..Offsets[row + 1]);

    /// <summary>Some of the rows.</summary>
    /// <param name="rows">Which, in their order.</param>
    public SparseRows Select(int[] rows)
    {
        var selected = new SparseRowsBuilder();
        foreach (int row in rows)
        {
            for (int i = Offsets[row]; i < Offsets[row + 1]; i++)
            {
                selected.Add(Columns[i], Values[i]);
            }

            selected.EndRow();
        }

        return selected.Build(NumberOfColumns);
    }

    /// <summary>The same values with rows and columns exchanged.</summary>
    public SparseRows Transpose()
    {
        var offsets = new int[NumberOfColumns + 1];
        foreach (int column in Columns)
        {
            offsets[column + 1]++;
        }

        for (int column = 0; column < NumberOfColumns; column++)
        {
            offsets[column + 1] += offsets[column];
        }

        int[] next = offsets[..NumberOfColumns];
        var rows = new int[Columns.Length];
        var values = new float[Columns.Length];
        for (int row = 0; row < NumberOfRows; row++)
        {
            for (int i = Offsets[row]; i < Offsets[row + 1]; i++)
            {
                int place = next[Columns[i]]++;
                (rows[place], values[place]) = (row, Values[i]);
            }
        }

        return new SparseRows(NumberOfRows, offsets, rows, values);
    }
}

/// <summary>Collects a <see cref="SparseRows"/> row by row.</summary>
internal sealed class SparseRowsBuilder
{
    private readonly List<int> _offsets = [0];
    private readonly List<int> _columns = [];
    private readonly List<float> _values = [];

    /// <summary>Adds a value to the current row, at a higher column than the one before.</summary>
    public void Add(int column, float value)
    {
        _columns.Add(column);
        _values.Add(value);
    }

    /// <summary>Goes on to the next row.</summary>
    public void EndRow() => _offsets.Add(_columns.Count);

    public SparseRows Build(int numberOfColumns) => new(numberOfColumns, [.. _offsets], [.. _columns], [.. _values]);
}
