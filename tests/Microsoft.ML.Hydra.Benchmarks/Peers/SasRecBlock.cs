using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Peers;

/// <summary>One pre-norm block: <c>H' = H + dropout(attention(norm(H)))</c>, then <c>H' + dropout(feedForward(norm(H')))</c>.</summary>
internal sealed class SasRecBlock : nn.Module<Tensor, Tensor>
{
    private readonly double _dropout;
    private readonly ISasRecParts _parts;
    private readonly nn.Module<Tensor, Tensor> attention_norm;
    private readonly SelfAttention attention;
    private readonly nn.Module<Tensor, Tensor> feed_forward_norm;
    private readonly nn.Module<Tensor, Tensor> feed_forward;

    public SasRecBlock(SasRecSizes sizes, double dropout, ISasRecParts parts)
        : base(nameof(SasRecBlock))
    {
        (_dropout, _parts) = (dropout, parts);
        attention_norm = parts.Norm(sizes.Width);
        attention = new SelfAttention(sizes.Width, sizes.Heads, parts);
        feed_forward_norm = parts.Norm(sizes.Width);
        feed_forward = parts.FeedForward(sizes.Width, sizes.FeedForwardWidth);
        RegisterComponents();
    }

    /// <param name="h"><c>[B, L, d]</c>.</param>
    public override Tensor forward(Tensor h)
    {
        double rate = training ? _dropout : 0;
        h = _parts.AddDropped(h, attention.call(attention_norm.call(h)), rate);
        return _parts.AddDropped(h, feed_forward.call(feed_forward_norm.call(h)), rate);
    }
}
