using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;

namespace Microsoft.ML.Hydra.Sequences;

/// <summary>
/// The items that a split makes new. An item is drawn by a hash of the seed and of its id as text: the draw depends neither on the order of the data
/// nor on the type of the ids, and a larger share adds items to those of a smaller one.
/// </summary>
internal sealed class ColdItems
{
    private readonly ItemVocabulary _vocabulary;
    private readonly int[] _rows;

    private ColdItems(ItemVocabulary vocabulary, int[] rows) => (_vocabulary, _rows) = (vocabulary, rows);

    /// <summary>The ids as <see cref="RecommendationOptions.AllowedItems"/> takes them, in the order of the draw.</summary>
    public object[] Ids => Array.ConvertAll(_rows, _vocabulary.IdOf);

    /// <summary>Draws from all items that occur in the sequences; reads them once.</summary>
    /// <param name="sequences">The sequences.</param>
    /// <param name="column">Their vector column with text, integers or keys.</param>
    /// <param name="share">Share of the items to draw, above 0 and below 1.</param>
    /// <param name="seed">Another seed draws other items.</param>
    /// <exception cref="InvalidOperationException">There are fewer than two items.</exception>
    public static ColdItems Draw(IDataView sequences, DataViewSchema.Column column, double share, int seed)
    {
        ItemVocabularyBuilder builder = ItemVocabularyBuilder.Create(column, earlier: null);
        var occurring = new HashSet<int>();
        using (DataViewRowCursor cursor = sequences.GetRowCursor([column]))
        {
            HistoryReader read = builder.CreateHistoryReader(cursor, column);
            var items = new ItemRowBuffer();
            while (cursor.MoveNext())
            {
                items.Clear();
                read(items);
                foreach (int row in items.Rows)
                {
                    occurring.Add(row);
                }
            }
        }

        if (occurring.Count < 2)
        {
            throw new InvalidOperationException(
                $"Column '{column.Name}' holds {(occurring.Count == 0 ? "no items" : "one item only")}, but a split by items needs two different items or more, new ones and known ones: use SplitLeaveLastOut.");
        }

        ItemVocabulary vocabulary = builder.Build();
        int count = Math.Clamp((int)Math.Round(share * occurring.Count), 1, occurring.Count - 1);
        return new ColdItems(vocabulary, [.. occurring.OrderBy(row => HashOf(vocabulary.NameOf(row), seed)).ThenBy(vocabulary.NameOf, StringComparer.Ordinal).Take(count)]);
    }

    /// <summary>The ids in the raw type of the column, for looking up.</summary>
    /// <typeparam name="T">Raw type of an id.</typeparam>
    public HashSet<T> ToSet<T>()
    {
        VBuffer<T> ids = default;
        ((ValueGetter<VBuffer<T>>)_vocabulary.CreateItemsGetter(() => _rows))(ref ids);
        return new HashSet<T>(ids.GetValues().ToArray(), OrdinalText.Instance as IEqualityComparer<T>);
    }

    private static ulong HashOf(string id, int seed) =>
        BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{seed} {id}"))));

    /// <summary>Compares text by its characters; memory has an identity otherwise.</summary>
    private sealed class OrdinalText : IEqualityComparer<ReadOnlyMemory<char>>
    {
        public static readonly OrdinalText Instance = new();

        public bool Equals(ReadOnlyMemory<char> x, ReadOnlyMemory<char> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode(ReadOnlyMemory<char> obj) => string.GetHashCode(obj.Span);
    }
}
