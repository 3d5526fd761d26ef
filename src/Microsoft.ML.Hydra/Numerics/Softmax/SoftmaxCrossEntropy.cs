namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// Exact cross-entropy over a whole catalogue, with its gradients made on the way:
/// <code>
/// loss = Σ_m log Σ_i exp(z_mi) − z_mt        z = Q E^T        dL/dz = softmax(z) − onehot(t)
/// </code>
/// The logits of a few rows (<see cref="RowsPerBlock"/> for each thread) exist at a time. Results do not depend on the number of
/// threads: rows belong to one thread each, then items do, and sums over rows follow the order of the rows.
/// </summary>
internal static unsafe class SoftmaxCrossEntropy
{
    private const int ItemsPerTask = 480;       // a multiple of every tile's rows and columns
    private const int LogitsPerBlock = 1 << 18; // 1 MB: the second cache of a core

    /// <summary>Computes the sum of the losses and the gradients of <paramref name="scale"/> times this sum.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="queries">Q: M rows of d.</param>
    /// <param name="items">E: I rows of d.</param>
    /// <param name="targets">The item of each query, 0 to I − 1.</param>
    /// <param name="scale">Factor of the gradients, 1/M for those of the mean.</param>
    /// <param name="queryGradient">Overwritten; M rows of d.</param>
    /// <param name="itemGradient">Added to; I rows of d.</param>
    /// <param name="workspace">Threads and scratch memory: twice the items, and the logits of a few rows.</param>
    /// <returns>The sum of the losses.</returns>
    public static double Run(
        in SoftmaxShape shape, ReadOnlyRows queries, ReadOnlyRows items, ReadOnlySpan<int> targets, float scale,
        Rows queryGradient, Rows itemGradient, Workspace workspace)
    {
        queries.Check(shape.Rows, shape.Width, nameof(queries));
        items.Check(shape.Items, shape.Width, nameof(items));
        queryGradient.Check(shape.Rows, shape.Width, nameof(queryGradient));
        itemGradient.Check(shape.Items, shape.Width, nameof(itemGradient));
        CheckTargets(shape, targets);
        if (shape.Rows == 0)
        {
            return 0;
        }

        int rowsPerBlock = RowsPerBlock(shape.Items);
        int blocks = Math.Min(workspace.DegreeOfParallelism, (shape.Rows + rowsPerBlock - 1) / rowsPerBlock);
        fixed (float* q = queries.Values, e = items.Values, dq = queryGradient.Values, de = itemGradient.Values)
        {
            fixed (int* t = targets)
            {
                workspace.Shared.Reset();
                var buffers = new SoftmaxBuffers(shape, rowsPerBlock, blocks, workspace.Shared);
                int itemTasks = (shape.Items + ItemsPerTask - 1) / ItemsPerTask;
                workspace.Run(itemTasks, new ItemPacking(shape, e, items.Stride, ItemsPerTask, buffers));
                for (int row = 0; row < shape.Rows; row += blocks * rowsPerBlock)
                {
                    int rows = Math.Min(shape.Rows - row, blocks * rowsPerBlock);
                    workspace.Run(
                        (rows + rowsPerBlock - 1) / rowsPerBlock,
                        new SoftmaxRows(
                            shape, row, rows, rowsPerBlock, q + (row * (nint)queries.Stride), queries.Stride, t + row, scale,
                            dq + (row * (nint)queryGradient.Stride), queryGradient.Stride, buffers));
                    workspace.Run(
                        itemTasks, new ItemGradients(shape, rows, rowsPerBlock, ItemsPerTask, de, itemGradient.Stride, buffers));
                }

                double loss = 0;
                for (int row = 0; row < shape.Rows; row++)
                {
                    loss += buffers.Losses[row];
                }

                return loss;
            }
        }
    }

    /// <summary>Rows whose logits a thread holds at a time: a multiple of every tile's rows.</summary>
    public static int RowsPerBlock(int items) => Math.Clamp(LogitsPerBlock / Math.Max(items, 1) / 12 * 12, 48, 192);

    private static void CheckTargets(in SoftmaxShape shape, ReadOnlySpan<int> targets)
    {
        if (targets.Length != shape.Rows)
        {
            throw new ArgumentException($"{targets.Length} targets were given for {shape.Rows} queries; give one for each.", nameof(targets));
        }

        foreach (int target in targets)
        {
            if (target < 0 || target >= shape.Items)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(targets), target, $"A target is no item; targets are 0 to {shape.Items - 1}.");
            }
        }
    }
}
