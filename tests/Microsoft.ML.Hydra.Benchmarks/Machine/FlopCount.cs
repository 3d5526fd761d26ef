using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Machine;

/// <summary>
/// Floating-point operations of an algorithm; a multiply-add counts as two. Matrix products, the scan and the loss count. Norms,
/// activations, dropout, the convolution and the optimiser do not count, nor does anything that is computed again, so that a share of the
/// peak is never too high.
/// </summary>
internal static class FlopCount
{
    // Forwards, then backwards once for the inputs and once for the weights
    private const int ProductsOfLinear = 3;

    // y = S C forwards; backwards dC from the states, dB and d(dt x) from their adjoints
    private const int PassesOfScan = 4;

    // A state element receives an outer product and adds to an inner product.
    private const int MultiplyAddsOfState = 2;

    // Logits, query gradients, item gradients
    private const int ProductsOfLoss = 3;

    /// <summary>A matrix product.</summary>
    public static double Product(GemmShape shape) => 2.0 * shape.M * shape.N * shape.K;

    /// <summary>A scan, forwards and backwards.</summary>
    public static double Scan(ScanShape shape) => Scan(shape.Rows, (long)shape.Heads * shape.Width * shape.StateSize);

    /// <summary>The exact softmax cross-entropy with all gradients.</summary>
    public static double Loss(SoftmaxShape shape) => 2.0 * ProductsOfLoss * shape.Rows * shape.Items * shape.Width;

    /// <summary>A whole training step over T tokens.</summary>
    public static double TrainingStep(ModelSizes sizes, long tokens) =>
        (sizes.Layers * Layer(sizes, tokens)) + Loss(new SoftmaxShape((int)tokens, sizes.NumberOfItems, sizes.Width));

    /// <summary>One layer over T tokens, forwards and backwards.</summary>
    public static double Layer(ModelSizes sizes, long tokens)
    {
        (long d, long v, long latent) = (sizes.Width, sizes.LatentHeads, sizes.LatentHeadsWidth);
        long weights = (d * latent * (sizes.ItemGate ? 2 : 1))                 // W_X, W_Z
            + (latent * sizes.ProjectedWidth)                                  // W_in of every head
            + (v * sizes.InnerWidth * sizes.LatentWidth)                       // W_out of every head
            + (latent * d)                                                     // W_O
            + (3L * d * sizes.FeedForwardWidth);                               // W_g, W_u, W_d
        return (2.0 * ProductsOfLinear * weights * tokens) + Scan(tokens * v, (long)sizes.InnerWidth * sizes.StateSize);
    }

    private static double Scan(long rows, long stateElements) => 2.0 * PassesOfScan * MultiplyAddsOfState * rows * stateElements;
}
