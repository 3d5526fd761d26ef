using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Peers;

/// <summary>What a SASRec is made of besides attention.</summary>
internal interface ISasRecParts
{
    /// <summary>A norm over the last dimension.</summary>
    nn.Module<Tensor, Tensor> Norm(long width);

    /// <summary>Weights of <see cref="Norm"/>.</summary>
    long NormParameters(long width);

    /// <summary><c>residual + dropout(x)</c>, where no residual is 0.</summary>
    Tensor AddDropped(Tensor? residual, Tensor x, double rate);

    /// <summary>A linear map without bias.</summary>
    nn.Module<Tensor, Tensor> Linear(long inputs, long outputs);

    /// <summary>A feed-forward without bias.</summary>
    nn.Module<Tensor, Tensor> FeedForward(long width, long innerWidth);

    /// <summary>Weights of <see cref="FeedForward"/>.</summary>
    long FeedForwardParameters(long width, long innerWidth);
}
