using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using TorchSharp.Modules;
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

/// <summary>SwiGLU without bias (arXiv 2002.05202): <c>(SiLU(x W_g^T) ∘ (x W_u^T)) W_d^T</c>.</summary>
internal sealed class FeedForward : nn.Module<Tensor, Tensor>
{
    private readonly Parameter gate_up;   // [2 f, d]: the rows of W_g, then the rows of W_u
    private readonly Parameter down;      // [d, f]

    public FeedForward(int width, int innerWidth, ParameterFactory parameters)
        : base(nameof(FeedForward))
    {
        gate_up = parameters.Linear(2 * innerWidth, width);
        down = parameters.Linear(width, innerWidth);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        Tensor[] parts = nn.functional.linear(x, gate_up).chunk(2, -1);
        return nn.functional.linear(parts[0].silu() * parts[1], down);
    }
}

/// <summary>RMSNorm over the last dimension with a trained weight: <c>x / sqrt(mean(x²) + 1e-5) ∘ weight</c>.</summary>
internal sealed class RootMeanSquareNorm : nn.Module<Tensor, Tensor>
{
    private const double Epsilon = 1e-5;

    private readonly Parameter weight;

    /// <param name="shape">Shape of the weight, broadcast over the input.</param>
    /// <param name="dtype">Type of the weight.</param>
    public RootMeanSquareNorm(long[] shape, ScalarType dtype)
        : base(nameof(RootMeanSquareNorm))
    {
        weight = new Parameter(ones(shape, dtype));
        RegisterComponents();
    }

    /// <summary>The weight.</summary>
    public Parameter Weight => weight;

    public override Tensor forward(Tensor x) => x * (x.square().mean([-1], keepdim: true) + Epsilon).rsqrt() * weight;
}
