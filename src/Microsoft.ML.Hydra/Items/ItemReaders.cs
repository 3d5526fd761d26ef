using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Items;

/// <summary>
/// Appends the item rows of the current row's vector column, oldest first, and counts what it skips; gives the length of the vector.
/// </summary>
internal delegate int HistoryReader(ItemRowBuffer destination);

/// <summary>The item row of the current row's scalar column; 0 when the item is missing or unknown.</summary>
internal delegate int LabelReader();

/// <summary>Item rows of the moment; the span is valid until the next call.</summary>
internal delegate ReadOnlySpan<int> ItemRowsSource();

/// <summary>Columns of items, in and out. A reader is bound to one <see cref="DataViewRow"/> and, like it, not for several threads.</summary>
internal static class ItemReaders
{
    /// <summary>A reader of a vector column.</summary>
    /// <param name="row">The row whose current value is read.</param>
    /// <param name="column">An active column with items of type <typeparamref name="T"/>.</param>
    /// <param name="find">Gives an item's row, 0 when it is missing, <see cref="ItemVocabulary.Unknown"/> when it is not known.</param>
    public static HistoryReader History<T>(DataViewRow row, DataViewSchema.Column column, Func<T, int> find)
    {
        ValueGetter<VBuffer<T>> getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> items = default;
        return destination =>
        {
            getter(ref items);
            ReadOnlySpan<T> explicitItems = items.GetValues();
            ReadOnlySpan<int> places = items.IsDense ? default : items.GetIndices();
            for (int i = 0; i < explicitItems.Length; i++)
            {
                destination.Add(find(explicitItems[i]), places.IsEmpty ? i : places[i]);
            }

            destination.AddMissing(items.Length - explicitItems.Length);
            return items.Length;
        };
    }

    /// <summary>A reader of a scalar column.</summary>
    /// <inheritdoc cref="History{T}"/>
    public static LabelReader Label<T>(DataViewRow row, DataViewSchema.Column column, Func<T, int> find)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        return () =>
        {
            T item = default!;
            getter(ref item);
            return Math.Max(find(item), 0);
        };
    }

    /// <summary>A getter of the ids of the rows that <paramref name="rows"/> gives at that moment, in their order.</summary>
    public static ValueGetter<VBuffer<T>> Items<T>(ItemRowsSource rows, Func<int, T> idOf) => (ref VBuffer<T> items) =>
    {
        ReadOnlySpan<int> current = rows();
        VBufferEditor<T> editor = VBufferEditor.Create(ref items, current.Length);
        for (int i = 0; i < current.Length; i++)
        {
            editor.Values[i] = idOf(current[i]);
        }

        items = editor.Commit();
    };

    /// <summary>The rows 1 .. <paramref name="count"/>.</summary>
    public static ItemRowsSource AllRows(int count) => () => Enumerable.Range(1, count).ToArray();

    /// <summary>The vector in an annotation.</summary>
    public static T[] Annotation<T>(DataViewSchema.Annotations annotations, string name)
    {
        VBuffer<T> values = default;
        annotations.GetValue(name, ref values);
        return [.. values.DenseValues()];
    }
}

/// <summary>A growable run of item rows with the times of their events, and how many items were skipped while it was filled.</summary>
internal sealed class ItemRowBuffer
{
    private int[] _rows = [];
    private double[] _times = [];

    /// <summary>Number of rows held.</summary>
    public int Count { get; private set; }

    /// <summary>Items skipped because they were missing (empty text, 0, a missing key) since the counts were last reset.</summary>
    public long NumberOfMissingItems { get; private set; }

    /// <summary>Items skipped because the vocabulary does not know them since the counts were last reset.</summary>
    public long NumberOfUnknownItems { get; private set; }

    /// <summary>The rows, oldest first, each in 1 .. size of the catalogue.</summary>
    public ReadOnlySpan<int> Rows => _rows.AsSpan(0, Count);

    /// <summary>Times of the vector whose items are being added; empty where none are read.</summary>
    public ReadOnlyMemory<double> Times { get; set; }

    /// <summary>The times of <see cref="Rows"/>, NaN where one is missing.</summary>
    public ReadOnlySpan<double> EventTimes => _times.AsSpan(0, Count);

    /// <summary>Adds what a vocabulary found: a row, 0 for a missing item, <see cref="ItemVocabulary.Unknown"/>.</summary>
    /// <param name="row">What was found.</param>
    /// <param name="place">The item's place in its vector.</param>
    public void Add(int row, int place)
    {
        if (row <= 0)
        {
            if (row == 0)
            {
                NumberOfMissingItems++;
            }
            else
            {
                NumberOfUnknownItems++;
            }

            return;
        }

        if (Count == _rows.Length)
        {
            Grow();
        }

        if (!Times.IsEmpty)
        {
            AddTime(place);
        }

        _rows[Count++] = row;
    }

    /// <summary>Counts items that a sparse vector leaves out.</summary>
    public void AddMissing(int count) => NumberOfMissingItems += count;

    /// <summary>Empties the buffer; the counts of skipped items go on.</summary>
    public void Clear() => Count = 0;

    /// <summary>The array behind <see cref="Rows"/>, with room to spare; the buffer is empty afterwards.</summary>
    public int[] Detach()
    {
        int[] rows = _rows;
        (_rows, _times, Count) = ([], [], 0);
        return rows;
    }

    private void Grow()
    {
        if (Count == Array.MaxLength)
        {
            throw new InvalidOperationException(
                $"The sequences hold more than {Array.MaxLength} items, the most that fit one array; train on fewer or shorter sequences.");
        }

        Array.Resize(ref _rows, (int)Math.Min(Math.Max(64L, 2L * Count), Array.MaxLength));
    }

    private void AddTime(int place)
    {
        if (_times.Length < _rows.Length)
        {
            Array.Resize(ref _times, _rows.Length);
        }

        _times[Count] = place < Times.Length ? Times.Span[place] : EventClock.Missing;
    }
}
