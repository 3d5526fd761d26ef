using Microsoft.ML.Hydra.Model;
using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Peers;

/// <summary>
/// SASRec (arXiv 1808.09781) with pre-norm blocks and scores tied to the item vectors: item vectors plus learned positions, dropout,
/// blocks, norm. Positions count from the first event that is read.
/// </summary>
internal sealed class SasRec : nn.Module<Tensor, Tensor>, ISequenceModel
{
    /// <summary>Deviation of the initial item and position vectors.</summary>
    public const double InitialDeviation = 0.02;

    private readonly SasRecSizes _sizes;
    private readonly ISasRecParts _parts;
    private readonly Embedding item_embedding;       // [items + 1, d]; row 0 is padding
    private readonly Parameter position_embedding;   // [L, d]
    private readonly ModuleList<SasRecBlock> blocks;
    private readonly nn.Module<Tensor, Tensor>? embedding_norm;
    private readonly nn.Module<Tensor, Tensor> final_norm;

    public SasRec(SasRecSizes sizes, double dropout, ISasRecParts parts)
        : base(nameof(SasRec))
    {
        (_sizes, _parts) = (sizes, parts);
        Dropout = new DropoutSource { Rate = dropout };
        item_embedding = nn.Embedding(sizes.Items + 1, sizes.Width);
        item_embedding.weight = parts.Vectors(sizes.Items + 1, sizes.Width);
        position_embedding = parts.Vectors(sizes.Length, sizes.Width);
        blocks = new ModuleList<SasRecBlock>(
            [.. Enumerable.Range(0, sizes.Layers).Select(i => new SasRecBlock(sizes, Dropout, site: (2 * i) + 1, parts))]);
        embedding_norm = sizes.NormsEmbedding ? parts.Norm(sizes.Width) : null;
        final_norm = parts.Norm(sizes.Width);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public int NumberOfItems => _sizes.Items;

    /// <inheritdoc/>
    public DropoutSource Dropout { get; }

    /// <inheritdoc/>
    /// <remarks>The item vectors are not named "weight", as the weights of a norm are: our optimiser does not decay those.</remarks>
    public IEnumerable<(string name, Parameter parameter)> Weights => named_parameters().Select(p =>
        (p.name == "item_embedding.weight" ? nameof(item_embedding) : p.name, p.parameter));

    /// <summary>Trained weights.</summary>
    public long NumberOfParameters => parameters().Sum(parameter => parameter.numel());

    /// <param name="items">Item rows, <c>[B, L]</c>, int64; padded on the right.</param>
    /// <returns><c>[B · L, d]</c>.</returns>
    public override Tensor forward(Tensor items)
    {
        long length = items.shape[1];
        Tensor h = item_embedding.call(items) + position_embedding.narrow(0, 0, length);
        h = _parts.AddDropped(null, h, Dropout, site: 0);
        h = embedding_norm?.call(h) ?? h;
        foreach (SasRecBlock block in blocks)
        {
            h = block.call(h);
        }

        return final_norm.call(h).view(items.shape[0] * length, -1);
    }

    /// <summary>Encodes a batch.</summary>
    /// <param name="tokens">T tokens. Of a sequence with more events than positions, the last events are read.</param>
    /// <returns><c>[T, d]</c>; 0 for events that were not read.</returns>
    public Tensor Encode(TokenBatch tokens)
    {
        if (tokens.Layout.LongestSequence <= _sizes.Length)
        {
            return EncodeWhole(tokens);
        }

        TokenBatch read = LastEvents(tokens, out long[] places);
        return zeros(tokens.Layout.Tokens, _sizes.Width).index_copy(0, tensor(places), EncodeWhole(read));
    }

    /// <inheritdoc/>
    public Tensor ScoringQueries(Tensor hidden) => hidden;

    /// <inheritdoc/>
    public Tensor ScoringTable() => item_embedding.weight!;

    private Tensor EncodeWhole(TokenBatch tokens)
    {
        var padded = new PaddedTokens(tokens, timeFeatures: 0, item_embedding.weight!);
        return call(padded.Items).index_select(0, padded.Places);
    }

    private TokenBatch LastEvents(TokenBatch tokens, out long[] places)
    {
        TokenLayout layout = tokens.Layout;
        var lengths = new int[layout.Sequences];
        var read = new List<int>();
        for (int sequence = 0; sequence < lengths.Length; sequence++)
        {
            int end = layout.Offset(sequence + 1);
            lengths[sequence] = Math.Min(end - layout.Offset(sequence), _sizes.Length);
            read.AddRange(Enumerable.Range(end - lengths[sequence], lengths[sequence]));
        }

        places = [.. read.Select(token => (long)token)];
        return new TokenBatch([.. read.Select(token => tokens.Items[token])], [.. read.Select(token => tokens.Positions[token])], lengths);
    }
}

/// <summary>One pre-norm block: <c>H' = H + dropout(attention(norm(H)))</c>, then <c>H' + dropout(feedForward(norm(H')))</c>.</summary>
internal sealed class SasRecBlock : nn.Module<Tensor, Tensor>
{
    private readonly DropoutSource _dropout;
    private readonly int _site;
    private readonly ISasRecParts _parts;
    private readonly nn.Module<Tensor, Tensor> attention_norm;
    private readonly SelfAttention attention;
    private readonly nn.Module<Tensor, Tensor> feed_forward_norm;
    private readonly nn.Module<Tensor, Tensor> feed_forward;

    /// <param name="sizes">Sizes of the model.</param>
    /// <param name="dropout">The model's dropout.</param>
    /// <param name="site">The first of its two dropout sites in the model.</param>
    /// <param name="parts">Its parts.</param>
    public SasRecBlock(SasRecSizes sizes, DropoutSource dropout, int site, ISasRecParts parts)
        : base(nameof(SasRecBlock))
    {
        (_dropout, _site, _parts) = (dropout, site, parts);
        attention_norm = parts.Norm(sizes.Width);
        attention = new SelfAttention(sizes.Width, sizes.Heads, parts);
        feed_forward_norm = parts.Norm(sizes.Width);
        feed_forward = parts.FeedForward(sizes.Width, sizes.FeedForwardWidth);
        RegisterComponents();
    }

    /// <param name="h"><c>[B, L, d]</c>.</param>
    public override Tensor forward(Tensor h)
    {
        h = _parts.AddDropped(h, attention.call(attention_norm.call(h)), _dropout, _site);
        return _parts.AddDropped(h, feed_forward.call(feed_forward_norm.call(h)), _dropout, _site + 1);
    }
}

/// <summary>
/// Causal multi-head attention by torch's fused kernel. Without a mask tensor and without dropout of the weights, torch uses its
/// flash form, forwards and backwards, also on the CPU; heads are views without a copy.
/// </summary>
internal sealed class SelfAttention : nn.Module<Tensor, Tensor>
{
    private readonly int _heads;
    private readonly nn.Module<Tensor, Tensor> projection;   // [3 d, d]
    private readonly nn.Module<Tensor, Tensor> output;       // [d, d]

    public SelfAttention(int width, int heads, ISasRecParts parts)
        : base(nameof(SelfAttention))
    {
        _heads = heads;
        projection = parts.Linear(width, 3 * width);
        output = parts.Linear(width, width);
        RegisterComponents();
    }

    /// <param name="x"><c>[B, L, d]</c>.</param>
    public override Tensor forward(Tensor x)
    {
        (long batch, long length, long width) = (x.shape[0], x.shape[1], x.shape[2]);
        Tensor[] parts = projection.call(x).view(batch, length, 3, _heads, width / _heads).unbind(2);   // [B, L, H, D] each
        Tensor mixed = nn.functional.scaled_dot_product_attention(
            parts[0].transpose(1, 2), parts[1].transpose(1, 2), parts[2].transpose(1, 2), is_casual: true);
        return output.call(mixed.transpose(1, 2).reshape(batch, length, width));
    }
}
