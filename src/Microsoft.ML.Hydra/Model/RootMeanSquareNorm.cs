using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Model;

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

    public override Tensor forward(Tensor x) => x * (x.square().mean([-1], keepdim: true) + Epsilon).rsqrt() * weight;
}
