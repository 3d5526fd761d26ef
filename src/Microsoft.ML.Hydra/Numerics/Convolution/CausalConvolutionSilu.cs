namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Causal depthwise convolution, bias and SiLU in one pass:
/// <code>
/// u_t = bias + Σ_j w_j x_{t − k + 1 + j}        y_t = SiLU(u_t)
/// </code>
/// with zeros before the first step. Padding costs nothing and gets zeros. Results do not depend on the number of threads.
/// </summary>
internal static unsafe class CausalConvolutionSilu
{
    /// <summary>Computes y, rows of C.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="x">Inputs: rows of C.</param>
    /// <param name="weight">Taps, oldest first, <c>[G, k, C]</c>.</param>
    /// <param name="bias">Bias, <c>[G, C]</c>.</param>
    /// <param name="lengths">Steps of each of the B sequences, 0 to L; empty: all L.</param>
    /// <param name="y">Overwritten.</param>
    /// <param name="workspace">Threads and scratch memory.</param>
    public static void Forward(
        in ConvolutionShape shape, ReadOnlyRows x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ReadOnlySpan<int> lengths,
        Rows y, Workspace workspace)
    {
        Check(shape, x, weight, bias, lengths);
        y.Check(shape.Rows, shape.Channels, nameof(y));
        fixed (float* px = x.Values, pw = weight, pb = bias, py = y.Values)
        {
            fixed (int* pl = lengths)
            {
                workspace.Run(shape.Sequences, new ConvolutionForward(new(shape, px, x.Stride, pw, pb, pl), py, y.Stride));
            }
        }
    }

    /// <summary>Overwrites the gradients of x, the taps and the bias from those of y.</summary>
    public static void Backward(
        in ConvolutionShape shape, ReadOnlyRows x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ReadOnlySpan<int> lengths,
        ReadOnlyRows dy, Rows dx, Span<float> weightGradient, Span<float> biasGradient, Workspace workspace)
    {
        Check(shape, x, weight, bias, lengths);
        dy.Check(shape.Rows, shape.Channels, nameof(dy));
        dx.Check(shape.Rows, shape.Channels, nameof(dx));
        new Rows(weightGradient, shape.Channels).Check((long)shape.Groups * shape.Taps, shape.Channels, nameof(weightGradient));
        new Rows(biasGradient, shape.Channels).Check(shape.Groups, shape.Channels, nameof(biasGradient));
        workspace.Shared.Reset();
        float* taps = workspace.Shared.Floats((long)shape.Sequences * shape.Taps * shape.Channels);
        float* biases = workspace.Shared.Floats((long)shape.Sequences * shape.Channels);
        fixed (float* px = x.Values, pw = weight, pb = bias, pdy = dy.Values, pdx = dx.Values)
        {
            fixed (int* pl = lengths)
            {
                workspace.Run(
                    shape.Sequences,
                    new ConvolutionBackward(new(shape, px, x.Stride, pw, pb, pl), pdy, dy.Stride, pdx, dx.Stride, taps, biases));
            }
        }

        PartialSums.Add(taps, shape.Groups, shape.Batch, shape.Taps * shape.Channels, weightGradient);
        PartialSums.Add(biases, shape.Groups, shape.Batch, shape.Channels, biasGradient);
    }

    private static void Check(
        in ConvolutionShape shape, ReadOnlyRows x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ReadOnlySpan<int> lengths)
    {
        shape.Check();
        x.Check(shape.Rows, shape.Channels, nameof(x));
        new ReadOnlyRows(weight, shape.Channels).Check((long)shape.Groups * shape.Taps, shape.Channels, nameof(weight));
        new ReadOnlyRows(bias, shape.Channels).Check(shape.Groups, shape.Channels, nameof(bias));
        SequenceLengths.Check(lengths, shape.Batch, shape.Length);
    }
}
