using Microsoft.ML.Hydra.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Model;

/// <summary>SwiGLU without bias (arXiv 2002.05202): <c>(SiLU(x W_g^T) ∘ (x W_u^T)) W_d^T</c>.</summary>
internal sealed class FeedForward : nn.Module<Tensor, Tensor>
{
    private readonly ModelKernels _kernels;
    private readonly Parameter gate_up;   // [2 h, d]: the rows of W_g, then those of W_u
    private readonly Parameter down;      // [d, h]

    public FeedForward(int width, int innerWidth, ModelKernels kernels, ParameterFactory parameters)
        : base(nameof(FeedForward))
    {
        _kernels = kernels;
        gate_up = parameters.Linear(2 * innerWidth, width);
        down = parameters.Linear(width, innerWidth);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => nn.functional.linear(_kernels.GatedProduct(nn.functional.linear(x, gate_up)), down);
}
