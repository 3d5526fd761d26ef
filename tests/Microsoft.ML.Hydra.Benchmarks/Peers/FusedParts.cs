using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Model;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Peers;

/// <summary>Our own kernels: RMSNorm, matrix product, SwiGLU and dropout. Attention stays torch's, and the lookup of items and positions.</summary>
/// <param name="threads">Most threads of a kernel.</param>
/// <param name="generator">Draws the initial weights; null for torch's own.</param>
internal sealed class FusedParts(int threads, Generator? generator = null) : ISasRecParts
{
    private readonly WorkspacePool _workspaces = new(threads);

    public Parameter Vectors(long rows, long width) => new(empty(rows, width).normal_(0, SasRec.InitialDeviation, generator));

    public nn.Module<Tensor, Tensor> Norm(long width) => new FusedNorm((int)width, _workspaces);

    public long NormParameters(long width) => width;

    public Tensor AddDropped(Tensor? residual, Tensor x, DropoutSource dropout, int site) =>
        FusedDropout.Run(residual, x, dropout.Mask, site, _workspaces);

    public nn.Module<Tensor, Tensor> Linear(long inputs, long outputs) => new FusedLinear((int)inputs, (int)outputs, _workspaces, generator);

    public nn.Module<Tensor, Tensor> FeedForward(long width, long innerWidth) =>
        nn.Sequential(Linear(width, 2 * innerWidth), new FusedSwiGlu((int)innerWidth, _workspaces), Linear(innerWidth, width));

    public long FeedForwardParameters(long width, long innerWidth) => 3 * width * innerWidth;
}
