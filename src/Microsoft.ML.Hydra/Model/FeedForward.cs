using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Model;

/// <summary>SwiGLU without bias (arXiv 2002.05202): <c>(SiLU(x W_g^T) ∘ (x W_u^T)) W_d^T</c>.</summary>
internal sealed class FeedForward : nn.Module<Tensor, Tensor>
{
    private readonly Parameter gate_up;   // [2 h, d]: the rows of W_g, then those of W_u
    private readonly Parameter down;      // [d, h]

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
