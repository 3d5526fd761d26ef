using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Machine;

/// <summary>The matrix products of a training step, by name.</summary>
internal static class GemmShapes
{
    // No kernel computes the logits of all tokens at once: they would need too much memory.
    private const int RowsOfLogits = 1536;

    /// <summary>The shapes for a model and its batch.</summary>
    public static IEnumerable<(string Name, GemmShape Shape)> OfStep(KernelShapes shapes)
    {
        (ModelSizes sizes, int tokens) = (shapes.Model, shapes.Tokens);
        (int d, int f, int latent) = (sizes.Width, sizes.FeedForwardWidth, sizes.LatentHeadsWidth);
        yield return ("x projection", new GemmShape(tokens, latent, d, TransposeB: true));
        yield return ("head projection", new GemmShape(tokens, sizes.ProjectedWidth, sizes.LatentWidth));
        yield return ("head output", new GemmShape(tokens, sizes.LatentWidth, sizes.InnerWidth));
        yield return ("feed-forward up", new GemmShape(tokens, 2 * f, d, TransposeB: true));
        yield return ("feed-forward down", new GemmShape(tokens, d, f, TransposeB: true));
        yield return ("input gradient", new GemmShape(tokens, d, 2 * f));
        yield return ("weight gradient", new GemmShape(2 * f, d, tokens, TransposeA: true));
        yield return ("logits", new GemmShape(Math.Min(RowsOfLogits, tokens), sizes.NumberOfItems, d, TransposeB: true));
    }
}
