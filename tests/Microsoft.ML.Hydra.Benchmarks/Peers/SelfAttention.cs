using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Peers;

/// <summary>
/// Causal multi-head attention by torch's fused kernel. Without a mask tensor and without dropout of the weights torch takes its
/// flash form, forwards and backwards, also on the CPU; heads are views, nothing is copied.
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
