using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Numerics;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Model;

/// <summary>One pre-norm Hydra layer: <c>H' = H + mixer(RMSNorm(H))</c>, then <c>H' + feedForward(RMSNorm(H'))</c>.</summary>
internal sealed class HydraLayer : nn.Module<Tensor, Tensor?, Tensor?, Tensor>
{
    private readonly DropoutSource _dropout;
    private readonly RootMeanSquareNorm mixer_norm;
    private readonly LatentMixer mixer;
    private readonly RootMeanSquareNorm feed_forward_norm;
    private readonly FeedForward feed_forward;

    public HydraLayer(ModelSizes sizes, StateSpaceScan scan, DropoutSource dropout, ParameterFactory parameters)
        : base(nameof(HydraLayer))
    {
        _dropout = dropout;
        mixer_norm = new RootMeanSquareNorm([sizes.Width], parameters.Type);
        mixer = new LatentMixer(sizes, scan, parameters);
        feed_forward_norm = new RootMeanSquareNorm([sizes.Width], parameters.Type);
        feed_forward = new FeedForward(sizes.Width, sizes.FeedForwardWidth, parameters);
        RegisterComponents();
    }

    /// <param name="h"><c>[B, L, d]</c>.</param>
    /// <param name="positions"><c>[B, L]</c> or null.</param>
    /// <param name="times"><c>[B, L, K]</c> or null.</param>
    public override Tensor forward(Tensor h, Tensor? positions, Tensor? times)
    {
        h = h + _dropout.Apply(mixer.call(mixer_norm.call(h), positions, times));
        return h + _dropout.Apply(feed_forward.call(feed_forward_norm.call(h)));
    }
}
