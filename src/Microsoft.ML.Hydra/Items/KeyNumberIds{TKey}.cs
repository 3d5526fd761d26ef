using System.Numerics;

namespace Microsoft.ML.Hydra.Items;

/// <summary>Keys without values, named by their numbers.</summary>
/// <typeparam name="TKey">The keys' raw type.</typeparam>
internal sealed class KeyNumberIds<TKey>(int count) : IItemIds<TKey>
    where TKey : struct, IBinaryInteger<TKey>
{
    public int FindRow(TKey id)
    {
        ulong row = ulong.CreateTruncating(id);
        return row <= (ulong)count ? (int)row : ItemVocabulary.Unknown;
    }

    public TKey IdOf(int row) => TKey.CreateTruncating(row);
}
