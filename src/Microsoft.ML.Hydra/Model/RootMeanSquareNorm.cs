using Microsoft.ML.Hydra.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Model;

/// <summary>RMSNorm over the last dimension with a trained weight, after a gate if one is given.</summary>
internal sealed class RootMeanSquareNorm : nn.Module<Tensor, Tensor?, Tensor>
{
    private readonly ModelKernels _kernels;
    private readonly Parameter weight;

    /// <param name="shape">Shape of the weight, broadcast over the input.</param>
    /// <param name="kernels">How it is computed.</param>
    /// <param name="dtype">Type of the weight.</param>
    public RootMeanSquareNorm(long[] shape, ModelKernels kernels, ScalarType dtype)
        : base(nameof(RootMeanSquareNorm))
    {
        _kernels = kernels;
        weight = new Parameter(ones(shape, dtype));
        RegisterComponents();
    }

    /// <param name="x">Inputs.</param>
    /// <param name="gate">Gate of the same shape, or null for none.</param>
    public override Tensor forward(Tensor x, Tensor? gate) => _kernels.Norm(x, gate, weight);
}
