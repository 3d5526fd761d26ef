using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Persistence;

namespace Microsoft.ML.Hydra.Fitted;

/// <summary>SHA-256 of what the state of a user depends on: the weights with their names and shapes, the switches, the items.</summary>
internal static class ModelFingerprint
{
    /// <summary>The 32 bytes.</summary>
    public static byte[] Of(FittedModel model, ModelSizes sizes)
    {
        using var digest = new ContentDigest();
        digest.Add(sizes.RotaryGate ? 1 : 0);
        digest.Add(sizes.InnerHeadWidth);
        digest.Add(BitConverter.DoubleToInt64Bits(sizes.Temperature ?? 0));
        foreach (NamedTensor weight in model.Weights.OrderBy(weight => weight.Name, StringComparer.Ordinal))
        {
            digest.Add(weight);
        }

        if (model.Clock is { } clock)
        {
            digest.Add(BitConverter.DoubleToInt64Bits(clock.Mean));
            digest.Add(BitConverter.DoubleToInt64Bits(clock.Deviation));
        }

        digest.Add(model.Vocabulary.Write);
        return Convert.FromHexString(digest.Take());
    }
}
