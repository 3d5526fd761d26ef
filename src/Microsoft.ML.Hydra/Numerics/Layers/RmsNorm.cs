namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Root mean square normalisation, with or without a gate before it:
/// <code>
/// u = x ∘ SiLU(z), or x        y = u / sqrt(mean(u²) + 1e-5) ∘ w
/// </code>
/// Results do not depend on the number of threads.
/// </summary>
internal static unsafe class RmsNorm
{
    /// <summary>Added to the mean square.</summary>
    public const float Epsilon = 1e-5f;

    private const int RowsPerTask = 128;

    /// <summary>Computes y from x, the gate z (no values: none) and w, <c>[G, width]</c>.</summary>
    public static void Forward(in NormShape shape, ReadOnlyRows x, ReadOnlyRows gate, ReadOnlySpan<float> weight, Rows y, Workspace workspace)
    {
        Check(shape, x, gate, weight);
        y.Check(shape.Rows, shape.Width, nameof(y));
        fixed (float* px = x.Values, pz = gate.Values, pw = weight, py = y.Values)
        {
            workspace.Run(
                shape.Groups * TasksPerGroup(shape),
                new RmsNormForward(shape, RowsPerTask, TasksPerGroup(shape), px, x.Stride, pz, gate.Stride, pw, py, y.Stride));
        }
    }

    /// <summary>Overwrites the gradients of x, of the gate where there is one, and of w, from those of y.</summary>
    public static void Backward(
        in NormShape shape, ReadOnlyRows x, ReadOnlyRows gate, ReadOnlySpan<float> weight, ReadOnlyRows dy,
        Rows dx, Rows gateGradient, Span<float> weightGradient, Workspace workspace)
    {
        Check(shape, x, gate, weight);
        dy.Check(shape.Rows, shape.Width, nameof(dy));
        dx.Check(shape.Rows, shape.Width, nameof(dx));
        new Rows(weightGradient, shape.Width).Check(shape.Groups, shape.Width, nameof(weightGradient));
        if (!gate.Values.IsEmpty)
        {
            gateGradient.Check(shape.Rows, shape.Width, nameof(gateGradient));
        }

        int tasksPerGroup = TasksPerGroup(shape);
        workspace.Shared.Reset();
        float* sums = workspace.Shared.Floats((long)shape.Groups * tasksPerGroup * shape.Width);
        fixed (float* px = x.Values, pz = gate.Values, pw = weight, pdy = dy.Values, pdx = dx.Values, pdz = gateGradient.Values)
        {
            workspace.Run(
                shape.Groups * tasksPerGroup,
                new RmsNormBackward(
                    shape, RowsPerTask, tasksPerGroup, px, x.Stride, pz, gate.Stride, pw, pdy, dy.Stride, pdx, dx.Stride, pdz, gateGradient.Stride, sums));
        }

        PartialSums.Add(sums, shape.Groups, tasksPerGroup, shape.Width, weightGradient);
    }

    private static int TasksPerGroup(in NormShape shape) => (shape.RowsPerGroup + RowsPerTask - 1) / RowsPerTask;

    private static void Check(in NormShape shape, ReadOnlyRows x, ReadOnlyRows gate, ReadOnlySpan<float> weight)
    {
        shape.Check();
        x.Check(shape.Rows, shape.Width, nameof(x));
        new ReadOnlyRows(weight, shape.Width).Check(shape.Groups, shape.Width, nameof(weight));
        if (!gate.Values.IsEmpty)
        {
            gate.Check(shape.Rows, shape.Width, nameof(gate));
        }
    }
}
