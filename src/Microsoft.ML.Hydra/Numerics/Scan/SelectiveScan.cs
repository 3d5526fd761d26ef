namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// The selective scan of Mamba-2 (arXiv 2405.21060), for all sequences, groups and heads at once, from a zero state:
/// <code>
/// S_t = exp(dt_t A) S_{t−1} + dt_t x_t B_t^T        y_t = S_t C_t + D x_t
/// </code>
/// Padding costs nothing and gets zeros. Results do not depend on the number of threads. Relative error about 1e-6, however
/// stiff the decay; 1e-5 for dA, whose terms cancel.
/// </summary>
internal static unsafe class SelectiveScan
{
    /// <summary>Computes y, rows of H · P.</summary>
    public static void Forward(in ScanShape shape, in ScanInputs inputs, Rows y, Workspace workspace)
    {
        inputs.Check(shape);
        y.Check(shape.Rows, shape.Heads * shape.Width, nameof(y));
        fixed (float* x = inputs.X.Values, dt = inputs.StepSizes.Values, a = inputs.Rates, b = inputs.B.Values, c = inputs.C.Values,
            d = inputs.Skip, output = y.Values)
        {
            fixed (int* lengths = inputs.Lengths)
            {
                var operands = new ScanOperands(
                    shape, x, inputs.X.Stride, dt, inputs.StepSizes.Stride, a, b, inputs.B.Stride, c, inputs.C.Stride, d, lengths);
                workspace.Run(shape.Sequences, new ScanForward(operands, output, y.Stride));
            }
        }
    }

    /// <summary>Computes all gradients from <paramref name="dy"/>, rows of H · P, with nothing kept from the forward pass.</summary>
    public static void Backward(in ScanShape shape, in ScanInputs inputs, ReadOnlyRows dy, in ScanGradients gradients, Workspace workspace)
    {
        inputs.Check(shape);
        dy.Check(shape.Rows, shape.Heads * shape.Width, nameof(dy));
        gradients.Check(shape, !inputs.Skip.IsEmpty);
        workspace.Shared.Reset();
        double* rates = workspace.Shared.Doubles((long)shape.Sequences * shape.Heads);
        double* skips = workspace.Shared.Doubles((long)shape.Sequences * shape.Heads);
        fixed (float* x = inputs.X.Values, dt = inputs.StepSizes.Values, a = inputs.Rates, b = inputs.B.Values, c = inputs.C.Values,
            d = inputs.Skip, outputs = dy.Values, dx = gradients.X.Values, ddt = gradients.StepSizes.Values,
            db = gradients.B.Values, dc = gradients.C.Values)
        {
            fixed (int* lengths = inputs.Lengths)
            {
                var operands = new ScanOperands(
                    shape, x, inputs.X.Stride, dt, inputs.StepSizes.Stride, a, b, inputs.B.Stride, c, inputs.C.Stride, d, lengths);
                var targets = new ScanGradientPointers(
                    shape, dx, gradients.X.Stride, ddt, gradients.StepSizes.Stride, db, gradients.B.Stride, dc, gradients.C.Stride, rates, skips);
                workspace.Run(shape.Sequences, new ScanBackward(operands, outputs, dy.Stride, targets));
            }
        }

        SumSequences(shape, rates, gradients.Rates);
        if (!inputs.Skip.IsEmpty)
        {
            SumSequences(shape, skips, gradients.Skip);
        }
    }

    // In the order of the sequences, whoever computed them
    private static void SumSequences(in ScanShape shape, double* sums, Span<float> target)
    {
        for (int i = 0; i < shape.Groups * shape.Heads; i++)
        {
            (int group, int head) = Math.DivRem(i, shape.Heads);
            double total = 0;
            for (int sequence = group * shape.Batch; sequence < (group + 1) * shape.Batch; sequence++)
            {
                total += sums[(sequence * (long)shape.Heads) + head];
            }

            target[i] = (float)total;
        }
    }
}
