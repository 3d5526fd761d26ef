using Microsoft.ML.Hydra.Model;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Peers;

/// <summary>Torch's own: LayerNorm, and the ReLU feed-forward of the SASRec paper, which costs a torch program least.</summary>
internal sealed class TorchParts : ISasRecParts
{
    public Parameter Vectors(long rows, long width) => new(empty(rows, width).normal_(0, SasRec.InitialDeviation));

    public nn.Module<Tensor, Tensor> Norm(long width) => nn.LayerNorm(width);

    public long NormParameters(long width) => 2 * width;

    public Tensor AddDropped(Tensor? residual, Tensor x, DropoutSource dropout, int site)
    {
        Tensor kept = dropout.Mask.IsActive ? nn.functional.dropout(x, dropout.Rate) : x;
        return residual is null ? kept : residual + kept;
    }

    public nn.Module<Tensor, Tensor> Linear(long inputs, long outputs) => nn.Linear(inputs, outputs, hasBias: false);

    public nn.Module<Tensor, Tensor> FeedForward(long width, long innerWidth) =>
        nn.Sequential(Linear(width, innerWidth), nn.ReLU(inplace: true), Linear(innerWidth, width));

    public long FeedForwardParameters(long width, long innerWidth) => 2 * width * innerWidth;
}
