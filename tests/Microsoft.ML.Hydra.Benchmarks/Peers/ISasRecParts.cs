using Microsoft.ML.Hydra.Model;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Peers;

/// <summary>The parts of a SASRec besides attention.</summary>
internal interface ISasRecParts
{
    /// <summary>A table of vectors, normal with a small deviation.</summary>
    Parameter Vectors(long rows, long width);

    /// <summary>A norm over the last dimension.</summary>
    nn.Module<Tensor, Tensor> Norm(long width);

    /// <summary>Weights of <see cref="Norm"/>.</summary>
    long NormParameters(long width);

    /// <summary><c>residual + dropout(x)</c>, where no residual is 0.</summary>
    /// <param name="residual"><c>[…, d]</c>, or null.</param>
    /// <param name="x"><c>[…, d]</c>.</param>
    /// <param name="dropout">Whether and how much is dropped.</param>
    /// <param name="site">Where in the model.</param>
    Tensor AddDropped(Tensor? residual, Tensor x, DropoutSource dropout, int site);

    /// <summary>A linear map without bias.</summary>
    nn.Module<Tensor, Tensor> Linear(long inputs, long outputs);

    /// <summary>A feed-forward without bias.</summary>
    nn.Module<Tensor, Tensor> FeedForward(long width, long innerWidth);

    /// <summary>Weights of <see cref="FeedForward"/>.</summary>
    long FeedForwardParameters(long width, long innerWidth);
}

/// <summary>The parts of torch: LayerNorm, and the ReLU feed-forward of the SASRec paper, which is the cheapest in torch.</summary>
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
