using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Kernels;

/// <summary>The norm in torch operations: the reference of the fused one.</summary>
internal static class TorchNorm
{
    private const double Epsilon = 1e-5;

    /// <inheritdoc cref="Norm"/>
    public static Tensor Run(Tensor x, Tensor? gate, Tensor weight)
    {
        Tensor u = gate is null ? x : x * gate.silu();
        return u * (u.square().mean([-1], keepdim: true) + Epsilon).rsqrt() * weight;
    }
}
