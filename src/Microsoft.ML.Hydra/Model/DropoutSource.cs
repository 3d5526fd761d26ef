using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Model;

/// <summary>
/// Dropout from a generator of our own: the process's random state is never touched. Without a generator (scoring,
/// validation) it passes its input through.
/// </summary>
internal sealed class DropoutSource
{
    /// <summary>Share of values set to 0.</summary>
    public required double Rate { get; init; }

    /// <summary>The generator of the training step under way; null outside of training.</summary>
    public Generator? Generator { get; set; }

    /// <summary>Sets a random share of values to 0 and scales the rest up to the same mean.</summary>
    public Tensor Apply(Tensor x)
    {
        if (Generator is null || Rate == 0)
        {
            return x;
        }

        double kept = 1 - Rate;
        Tensor mask = empty_like(x).bernoulli_(kept, Generator).div_(kept);
        return x * mask;
    }
}
