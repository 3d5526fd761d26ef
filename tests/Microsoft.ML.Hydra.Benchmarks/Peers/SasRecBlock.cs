using Microsoft.ML.Hydra.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Peers;

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
    /// <param name="site">The first of its two places in the model.</param>
    /// <param name="parts">What it is made of.</param>
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
