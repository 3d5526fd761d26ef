using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>One column of the interactions, read row by row: each value is read, then kept or dropped.</summary>
internal abstract class EventColumn
{
    /// <summary>Reads the value of the cursor's current row.</summary>
    /// <returns>Whether there is one; <see langword="false"/> for a missing value.</returns>
    public abstract bool Read();

    /// <summary>Appends the value read last.</summary>
    public abstract void Keep();
}

/// <summary>
/// Users or items of the events: each event holds a code, the place of its id in the list of distinct ids
/// (0, 1, … in the order of their first event).
/// </summary>
internal abstract class IdColumn : EventColumn
{
    private readonly List<int> _codes = [];

    /// <summary>The code of each event kept.</summary>
    public ReadOnlySpan<int> Codes => CollectionsMarshal.AsSpan(_codes);

    /// <summary>Number of different ids.</summary>
    public abstract int DistinctCount { get; }

    /// <summary>Reads text, integers of any width and keys; a key of 0 and an empty text are missing.</summary>
    /// <param name="cursor">The cursor over the interactions, with the column active.</param>
    /// <param name="column">The column to read; <see cref="Check"/> has accepted it.</param>
    /// <param name="zeroIsMissing">Whether the integer 0 is a missing id too.</param>
    public static IdColumn Create(DataViewRow cursor, DataViewSchema.Column column, bool zeroIsMissing)
    {
        zeroIsMissing |= column.Type is KeyDataViewType;
        return Type.GetTypeCode(column.Type.RawType) switch
        {
            TypeCode.SByte => new NumberIdColumn<sbyte>(cursor, column, zeroIsMissing),
            TypeCode.Byte => new NumberIdColumn<byte>(cursor, column, zeroIsMissing),
            TypeCode.Int16 => new NumberIdColumn<short>(cursor, column, zeroIsMissing),
            TypeCode.UInt16 => new NumberIdColumn<ushort>(cursor, column, zeroIsMissing),
            TypeCode.Int32 => new NumberIdColumn<int>(cursor, column, zeroIsMissing),
            TypeCode.UInt32 => new NumberIdColumn<uint>(cursor, column, zeroIsMissing),
            TypeCode.Int64 => new NumberIdColumn<long>(cursor, column, zeroIsMissing),
            TypeCode.UInt64 => new NumberIdColumn<ulong>(cursor, column, zeroIsMissing),
            _ => new TextIdColumn(cursor, column),
        };
    }

    /// <summary>Refuses a column whose type cannot be an id.</summary>
    /// <exception cref="ArgumentException">The column is neither text nor an integer type nor a key.</exception>
    public static void Check(DataViewSchema.Column column, string role, string parameterName)
    {
        if (!SequenceReader.IsItemType(column.Type))
        {
            throw new ArgumentException(
                $"The {role} column '{column.Name}' has type {column.Type}, but text, an integer type or a key is needed: "
                + (column.Type is VectorDataViewType ? "give each interaction a row of its own." : $"{ColumnCure.ForIds(column.Type)}."),
                parameterName);
        }
    }

    /// <summary>One row an id, in the order of the codes.</summary>
    public SequenceColumn ToScalarColumn() => ToScalarColumn(Enumerable.Range(0, DistinctCount));

    /// <summary>The ids of some codes, one row for each.</summary>
    public abstract SequenceColumn ToScalarColumn(IEnumerable<int> codes);

    /// <summary>One row a sequence: row <c>s</c> holds the ids of <c>codes[offsets[s] .. offsets[s + 1])</c>.</summary>
    public abstract SequenceColumn ToVectorColumn(string name, int[] codes, int[] offsets);

    public sealed override void Keep() => _codes.Add(Encode());

    /// <summary>The code of the id read last, new when it was not seen before.</summary>
    protected abstract int Encode();
}

/// <summary>Ids whose values are <typeparamref name="T"/>.</summary>
internal abstract class IdColumn<T>(DataViewSchema.Column source) : IdColumn
{
    public sealed override int DistinctCount => Distinct.Count;

    /// <summary>The distinct ids; the code is the place.</summary>
    protected List<T> Distinct { get; } = [];

    public sealed override SequenceColumn ToScalarColumn(IEnumerable<int> codes) =>
        new ScalarColumn<T>(source.Name, source.Type, SchemaLookup.KeyValuesOf(source), [.. codes.Select(code => Distinct[code])]);

    public sealed override SequenceColumn ToVectorColumn(string name, int[] codes, int[] offsets) =>
        new CodedVectorColumn<T>(name, (PrimitiveDataViewType)source.Type, SchemaLookup.KeyValuesOf(source), [.. Distinct], codes, offsets);
}

/// <summary>Ids of an integer or key type.</summary>
internal sealed class NumberIdColumn<T>(DataViewRow cursor, DataViewSchema.Column column, bool zeroIsMissing) : IdColumn<T>(column)
    where T : struct, IBinaryInteger<T>
{
    private readonly ValueGetter<T> _getter = cursor.GetGetter<T>(column);
    private readonly Dictionary<T, int> _codeOf = [];
    private T _value;

    public override bool Read()
    {
        _getter(ref _value);
        return !(zeroIsMissing && T.IsZero(_value));
    }

    protected override int Encode()
    {
        ref int code = ref CollectionsMarshal.GetValueRefOrAddDefault(_codeOf, _value, out bool known);
        if (!known)
        {
            code = Distinct.Count;
            Distinct.Add(_value);
        }

        return code;
    }
}

/// <summary>Ids of text: one string per distinct id, none per row.</summary>
internal sealed class TextIdColumn(DataViewRow cursor, DataViewSchema.Column column) : IdColumn<ReadOnlyMemory<char>>(column)
{
    private readonly ValueGetter<ReadOnlyMemory<char>> _getter = cursor.GetGetter<ReadOnlyMemory<char>>(column);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _codeOf =
        new Dictionary<string, int>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    private ReadOnlyMemory<char> _value;

    public override bool Read()
    {
        _getter(ref _value);
        return !_value.IsEmpty;
    }

    protected override int Encode()
    {
        if (!_codeOf.TryGetValue(_value.Span, out int code))
        {
            string text = _value.ToString();
            code = Distinct.Count;
            _codeOf.Dictionary.Add(text, code);
            Distinct.Add(text.AsMemory());
        }

        return code;
    }
}

/// <summary>Which events make one sequence: those of a user, or, with domains, those of a user in a domain. Groups come in the order of their first event.</summary>
internal sealed class EventGroups
{
    private readonly IdColumn _users;
    private readonly IdColumn? _domains;
    private readonly int[] _codes = [];    // of each event, with domains
    private readonly List<(int User, int Domain)> _groups = [];

    /// <param name="users">User of each event.</param>
    /// <param name="domains">Domain of each event; null for one domain.</param>
    public EventGroups(IdColumn users, IdColumn? domains)
    {
        (_users, _domains) = (users, domains);
        if (domains is null)
        {
            return;
        }

        var numbers = new Dictionary<(int User, int Domain), int>();
        _codes = new int[users.Codes.Length];
        for (int i = 0; i < _codes.Length; i++)
        {
            (int User, int Domain) group = (users.Codes[i], domains.Codes[i]);
            if (!numbers.TryGetValue(group, out _codes[i]))
            {
                numbers[group] = _codes[i] = _groups.Count;
                _groups.Add(group);
            }
        }
    }

    /// <summary>The group of each event.</summary>
    public ReadOnlySpan<int> Codes => _domains is null ? _users.Codes : _codes;

    /// <summary>Number of groups.</summary>
    public int Count => _domains is null ? _users.DistinctCount : _groups.Count;

    /// <summary>The columns that name the groups, one row a group: the user, and the domain.</summary>
    public IEnumerable<SequenceColumn> ToColumns() => _domains is null
        ? [_users.ToScalarColumn()]
        : [_users.ToScalarColumn(_groups.Select(group => group.User)), _domains.ToScalarColumn(_groups.Select(group => group.Domain))];
}

/// <summary>The times of the events.</summary>
internal abstract class TimeColumn : EventColumn
{
    /// <summary>Reads timestamps.</summary>
    /// <param name="cursor">The cursor over the interactions, with the column active.</param>
    /// <param name="column">A scalar column.</param>
    /// <param name="type">What its timestamps are.</param>
    public static TimeColumn Create(DataViewRow cursor, DataViewSchema.Column column, TimestampType type) =>
        type.Accept(new Factory(cursor, column));

    /// <summary>Orders each sequence by time; events of one time stay in the order in which they came.</summary>
    /// <param name="order">Event numbers, ascending within each sequence; permuted in place.</param>
    /// <param name="offsets">Sequence <c>s</c> is <c>order[offsets[s] .. offsets[s + 1])</c>.</param>
    public abstract void Sort(int[] order, int[] offsets);

    /// <summary>First and last time, events of one time, and their units; call it after <see cref="Sort"/>.</summary>
    /// <param name="order">Event numbers, ascending in time within each sequence.</param>
    /// <param name="offsets">Sequence <c>s</c> is <c>order[offsets[s] .. offsets[s + 1])</c>.</param>
    /// <param name="items">The item of each event.</param>
    /// <param name="isCopy">Set at the places of <paramref name="order"/> that hold a copy of an event; may be empty.</param>
    public abstract TimeFacts Examine(int[] order, int[] offsets, ReadOnlySpan<int> items, bool[] isCopy);

    /// <summary>One row a sequence, its times in the order given.</summary>
    public abstract SequenceColumn ToVectorColumn(string name, int[] order, int[] offsets);

    private sealed class Factory(DataViewRow cursor, DataViewSchema.Column column) : ITimestampTypeVisitor<TimeColumn>
    {
        public TimeColumn Visit<TRaw, TTime>(TimestampType<TRaw, TTime> type) where TTime : struct, IComparable<TTime> =>
            new TimeColumn<TRaw, TTime>(cursor.GetGetter<TRaw>(column), type);
    }
}

/// <summary>Times that come as <typeparamref name="TRaw"/> and are kept as <typeparamref name="TTime"/>.</summary>
internal sealed class TimeColumn<TRaw, TTime>(ValueGetter<TRaw> getter, TimestampType<TRaw, TTime> type) : TimeColumn
    where TTime : struct, IComparable<TTime>
{
    private readonly List<TTime> _times = [];
    private TRaw _raw = default!;
    private TTime _time;

    public override bool Read()
    {
        getter(ref _raw);
        _time = type.Convert(_raw);
        return !type.Scale.IsMissing(_time);
    }

    public override void Keep() => _times.Add(_time);

    public override void Sort(int[] order, int[] offsets) =>
        EventOrder.SortByTime<TTime>(order, offsets, CollectionsMarshal.AsSpan(_times));

    public override TimeFacts Examine(int[] order, int[] offsets, ReadOnlySpan<int> items, bool[] isCopy)
    {
        ReadOnlySpan<TTime> times = CollectionsMarshal.AsSpan(_times);
        if (times.IsEmpty)
        {
            return new TimeFacts();
        }

        (TTime first, TTime last) = (times[0], times[0]);
        int units = 0;
        foreach (TTime time in times)
        {
            first = time.CompareTo(first) < 0 ? time : first;
            last = time.CompareTo(last) > 0 ? time : last;
            units |= typeof(TTime) != typeof(DateTime) && InteractionReport.UnitOf(type.Scale.NumberOf(time)) is int unit ? 1 << unit : 0;
        }

        (long ties, long copies) = EventCopies.Find(order, offsets, items, times, isCopy);
        return new TimeFacts(first, last, ties, copies, !int.IsPow2(units) && units != 0);
    }

    public override SequenceColumn ToVectorColumn(string name, int[] order, int[] offsets)
    {
        var times = new TTime[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            times[i] = _times[order[i]];
        }

        return new VectorColumn<TTime>(name, type.Scale.Type, times, offsets);
    }
}
