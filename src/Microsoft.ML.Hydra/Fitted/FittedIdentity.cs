using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Hydra.Scoring;

namespace Microsoft.ML.Hydra.Fitted;

/// <summary>
/// The digests of a fitted model. The catalogue is digested in a chain of blocks, each over the digest before it and the ids and vectors of its
/// items: the version with n items is the chain up to the last whole block, and then the rest. So any earlier version is known at the cost of one block.
/// </summary>
internal sealed class FittedIdentity : ModelIdentity
{
    private const int BlockLength = 1024;

    private readonly ItemVocabulary _vocabulary;
    private readonly EventClock? _clock;
    private readonly ModelSizes _sizes;
    private readonly IReadOnlyList<NamedTensor> _weights;
    private readonly Lazy<byte[]> _encoder;
    private readonly Lazy<byte[]> _whole;
    private readonly Lazy<string[]> _blocks;
    private readonly Lazy<byte[]> _catalog;
    private volatile EarlierCatalog? _earlier;

    /// <param name="model">The model.</param>
    /// <param name="sizes">Its sizes.</param>
    public FittedIdentity(FittedModel model, ModelSizes sizes)
    {
        (_vocabulary, _clock, _weights, _sizes) = (model.Vocabulary, model.Clock, model.Weights, sizes);
        _encoder = new(() => DigestWeights(withItems: false));
        _whole = new(() => DigestWeights(withItems: true));
        _blocks = new(DigestBlocks);
        _catalog = new(() => DigestItems(NumberOfItems));
    }

    public override int NumberOfItems => _vocabulary.Count;

    public override ReadOnlySpan<byte> Encoder => _encoder.Value;

    public override ReadOnlySpan<byte> Whole => _whole.Value;

    public override ReadOnlySpan<byte> Catalog(int numberOfItems)
    {
        if (numberOfItems == NumberOfItems)
        {
            return _catalog.Value;
        }

        // Most states that are read together are of one version.
        EarlierCatalog? earlier = _earlier;
        if (earlier?.NumberOfItems != numberOfItems)
        {
            _earlier = earlier = new EarlierCatalog(numberOfItems, DigestItems(numberOfItems));
        }

        return earlier.Digest;
    }

    // Stored in states of version 2 with the items, since version 3 without: never changed.
    private byte[] DigestWeights(bool withItems)
    {
        using var digest = new ContentDigest();
        digest.Add(_sizes.RotaryGate ? 1 : 0);
        digest.Add(_sizes.InnerHeadWidth);
        digest.Add(BitConverter.DoubleToInt64Bits(_sizes.Temperature ?? 0));
        foreach (NamedTensor weight in _weights.OrderBy(weight => weight.Name, StringComparer.Ordinal))
        {
            if (withItems || weight.Name != EncoderWeights.ItemVectors)
            {
                digest.Add(weight);
            }
        }

        if (_clock is { } clock)
        {
            digest.Add(BitConverter.DoubleToInt64Bits(clock.Mean));
            digest.Add(BitConverter.DoubleToInt64Bits(clock.Deviation));
        }

        if (withItems)
        {
            digest.Add(_vocabulary.Write);
        }

        return Convert.FromHexString(digest.Take());
    }

    // The digest after 0, 1, 2, … whole blocks.
    private string[] DigestBlocks()
    {
        using var digest = new ContentDigest();
        var blocks = new string[(NumberOfItems / BlockLength) + 1];
        digest.Add(_vocabulary.ItemType is KeyDataViewType ? 1 : 0);
        digest.Add(_vocabulary.ItemType.RawType.Name);
        blocks[0] = digest.Take();
        for (int i = 1; i < blocks.Length; i++)
        {
            digest.Add(blocks[i - 1]);
            AddItems(digest, ((i - 1) * BlockLength) + 1, i * BlockLength);
            blocks[i] = digest.Take();
        }

        return blocks;
    }

    private byte[] DigestItems(int count)
    {
        using var digest = new ContentDigest();
        int whole = count / BlockLength;
        digest.Add(_blocks.Value[whole]);
        digest.Add(count);
        AddItems(digest, (whole * BlockLength) + 1, count);
        return Convert.FromHexString(digest.Take());
    }

    // Ids and vectors of the item rows "first" to "last".
    private void AddItems(ContentDigest digest, int first, int last)
    {
        for (int row = first; row <= last; row++)
        {
            digest.Add(_vocabulary.NameOf(row));
        }

        float[] vectors = _weights.First(weight => weight.Name == EncoderWeights.ItemVectors).Values<float>();
        digest.Add(MemoryMarshal.AsBytes(vectors.AsSpan(first * _sizes.Width, Math.Max(0, last - first + 1) * _sizes.Width)));
    }

    private sealed record EarlierCatalog(int NumberOfItems, byte[] Digest);
}
