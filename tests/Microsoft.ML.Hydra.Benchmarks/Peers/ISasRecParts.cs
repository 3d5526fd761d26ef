using Microsoft.ML.Hydra.Model;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Peers;

/// <summary>What a SASRec is made of besides attention.</summary>
internal interface ISasRecParts
{
    /// <summary>Vectors to look up, normal with a small deviation.</summary>
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
