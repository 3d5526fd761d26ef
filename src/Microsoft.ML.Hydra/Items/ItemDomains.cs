namespace Microsoft.ML.Hydra.Items;

/// <summary>The domains of a model, and to which of them each item belongs. A domain is named by text and numbered from 0. Immutable.</summary>
internal sealed class ItemDomains
{
    /// <summary>The number of an item that belongs to no domain: a key without events that nothing describes. It is never recommended.</summary>
    public const int None = -1;

    private const int WordBits = 64;

    private readonly string[] _names;
    private readonly int[] _ofItem;      // [I + 1]; entry 0 is None
    private readonly Lazy<(int[][] Rows, int[] Places)> _rows;
    private readonly ulong[]?[] _excluded;

    /// <param name="names">Names of the domains, all different.</param>
    /// <param name="ofItem">The domain of each item row, <c>[I + 1]</c>; entry 0 is <see cref="None"/>.</param>
    public ItemDomains(string[] names, int[] ofItem)
    {
        (_names, _ofItem, _excluded) = (names, ofItem, new ulong[names.Length][]);
        _rows = new(FindRows);
    }

    /// <summary>Number of domains.</summary>
    public int Count => _names.Length;

    /// <summary>Their names.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The domain of each item row, <c>[I + 1]</c>.</summary>
    public ReadOnlySpan<int> OfItems => _ofItem;

    /// <summary>The domain of an item.</summary>
    public int Of(int row) => _ofItem[row];

    /// <summary>Row 0, which is padding, and the item rows of a domain, ascending.</summary>
    public int[] Rows(int domain) => _rows.Value.Rows[domain];

    /// <summary>The place of an item in the <see cref="Rows"/> of its domain.</summary>
    public int PlaceOf(int row) => _rows.Value.Places[row];

    /// <summary>A bit for each item row, set where it is not of a domain, as <c>CandidateMask</c> reads it.</summary>
    public ulong[] Excluded(int domain) => _excluded[domain] ??= FindExcluded(domain);

    /// <summary>The number of a domain; <see cref="None"/> where no domain has that name.</summary>
    public int IndexOf(string name) => Array.IndexOf(_names, name);

    /// <summary>The names, for messages.</summary>
    public string Describe() => string.Join(", ", _names.Select(name => $"\"{name}\""));

    /// <summary>The same domains with more items.</summary>
    /// <param name="ofNew">The domains of the item rows after the last.</param>
    public ItemDomains Append(IEnumerable<int> ofNew) => new(_names, [.. _ofItem, .. ofNew]);

    private ulong[] FindExcluded(int domain)
    {
        var excluded = new ulong[(_ofItem.Length + WordBits - 1) / WordBits];
        Array.Fill(excluded, ulong.MaxValue);
        for (int row = 1; row < _ofItem.Length; row++)
        {
            excluded[row / WordBits] &= _ofItem[row] == domain ? ~(1UL << (row % WordBits)) : ulong.MaxValue;
        }

        return excluded;
    }

    private (int[][] Rows, int[] Places) FindRows()
    {
        List<int>[] rows = [.. _names.Select(_ => new List<int> { 0 })];
        var places = new int[_ofItem.Length];
        for (int row = 1; row < _ofItem.Length; row++)
        {
            if (_ofItem[row] is int domain and not None)
            {
                places[row] = rows[domain].Count;
                rows[domain].Add(row);
            }
        }

        return (Array.ConvertAll(rows, list => list.ToArray()), places);
    }
}

/// <summary>The domains of sequences and items while they are read; every domain gets the next number.</summary>
internal sealed class DomainNames
{
    private readonly Dictionary<string, int> _numbers = [];
    private readonly List<string> _names = [];

    /// <param name="earlier">Domains that keep their numbers.</param>
    public DomainNames(IEnumerable<string>? earlier = null)
    {
        foreach (string name in earlier ?? [])
        {
            NumberOf(name);
        }
    }

    /// <summary>The names, in the order of their numbers.</summary>
    public string[] All => [.. _names];

    /// <summary>The number of a domain, a new one where it is not known.</summary>
    public int NumberOf(string name)
    {
        if (!_numbers.TryGetValue(name, out int number))
        {
            _numbers[name] = number = _names.Count;
            _names.Add(name);
        }

        return number;
    }
}
