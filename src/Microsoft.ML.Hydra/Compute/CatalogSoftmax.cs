using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Compute;

/// <summary>
/// Mean exact cross-entropy of the softmax over a whole catalogue. The logits of a batch never exist at once.
/// </summary>
/// <param name="queries">Sequence vectors, <c>[M, d]</c>.</param>
/// <param name="table">Item vectors, <c>[items + 1, d]</c>; row 0 is padding and never a candidate.</param>
/// <param name="targets">Rows of the items that came next, int64 <c>[M]</c>.</param>
/// <returns>The loss, a scalar, differentiable by <paramref name="queries"/> and <paramref name="table"/>.</returns>
internal delegate Tensor CatalogSoftmax(Tensor queries, Tensor table, Tensor targets);

/// <summary>
/// Exact softmax cross-entropy over the catalogue as one kernel over the tensors' memory
/// (<see cref="SoftmaxCrossEntropy"/>). For float32 on the CPU.
/// </summary>
/// <param name="degreeOfParallelism">Most threads of one call.</param>
internal sealed class FusedSoftmax(int degreeOfParallelism)
{
    private readonly WorkspacePool _workspaces = new(degreeOfParallelism);

    /// <inheritdoc cref="CatalogSoftmax"/>
    public Tensor Run(Tensor queries, Tensor table, Tensor targets) =>
        SoftmaxFunction.apply(queries.contiguous(), table.contiguous(), targets, this);

    private double Forward(Tensor queries, Tensor table, Tensor targets, Tensor queryGradient, Tensor tableGradient) => _workspaces.Use(workspace =>
    {
        (int rows, int width) = ((int)queries.shape[0], (int)queries.shape[1]);
        int items = (int)table.shape[0] - 1;
        int[] classes = Array.ConvertAll(targets.data<long>().ToArray(), row => (int)row - 1);
        double sum = SoftmaxCrossEntropy.Run(
            new SoftmaxShape(rows, items, width),
            new ReadOnlyRows(TensorMemory.Of(queries), width),
            new ReadOnlyRows(TensorMemory.Of(table)[width..], width),
            classes,
            1f / rows,
            new Rows(TensorMemory.Of(queryGradient), width),
            new Rows(TensorMemory.Of(tableGradient)[width..], width),
            workspace);
        return sum / rows;
    });

    private sealed class SoftmaxFunction : autograd.SingleTensorFunction<SoftmaxFunction>
    {
        public override string Name => nameof(FusedSoftmax);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            using IDisposable inference = no_grad();
            (Tensor queries, Tensor table) = ((Tensor)vars[0], (Tensor)vars[1]);
            Tensor queryGradient = empty_like(queries);
            Tensor tableGradient = zeros_like(table);
            double loss = ((FusedSoftmax)vars[3]).Forward(queries, table, (Tensor)vars[2], queryGradient, tableGradient);
            ctx.save_for_backward([queryGradient, tableGradient]);
            return tensor((float)loss);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            // A loss that was not scaled afterwards has exactly the saved gradients.
            List<Tensor> saved = ctx.get_saved_variables();
            return grad_output.item<float>() == 1
                ? [saved[0], saved[1], null!, null!]
                : [saved[0] * grad_output, saved[1] * grad_output, null!, null!];
        }
    }
}

/// <summary>
/// Exact softmax cross-entropy over the catalogue in torch operations: it computes the logits, and
/// turns them into gradients, one block of rows at a time.
/// </summary>
internal static class BlockwiseSoftmax
{
    // Logits of one block: 2 MB at float32, which stays in the cache of one core.
    private const long LogitsPerBlock = 1 << 19;

    /// <inheritdoc cref="CatalogSoftmax"/>
    public static Tensor Run(Tensor queries, Tensor table, Tensor targets) =>
        Run(queries, table, targets, Math.Max(16, LogitsPerBlock / table.shape[0]));

    /// <summary>The same with a given number of rows in a block.</summary>
    public static Tensor Run(Tensor queries, Tensor table, Tensor targets, long rowsPerBlock) =>
        BlockwiseFunction.apply(queries, table, targets, rowsPerBlock);

    // dL/dlogits = (softmax − onehot) / M, so both gradients are known as soon as a block's logits are.
    private sealed class BlockwiseFunction : autograd.SingleTensorFunction<BlockwiseFunction>
    {
        public override string Name => nameof(BlockwiseSoftmax);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var (queries, table, targets, rowsPerBlock) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2], (long)vars[3]);
            using IDisposable scope = no_grad();
            using DisposeScope disposal = NewDisposeScope();
            long count = queries.shape[0];
            Tensor items = table.narrow(0, 1, table.shape[0] - 1);                             // [I, d]: without the padding row
            Tensor classes = (targets - 1).unsqueeze(-1);                                      // [M, 1]
            Tensor queryGradient = empty_like(queries);
            Tensor tableGradient = zeros_like(table);
            Tensor itemGradient = tableGradient.narrow(0, 1, table.shape[0] - 1);
            Tensor total = zeros([], queries.dtype, queries.device);
            for (long start = 0; start < count; start += rowsPerBlock)
            {
                using DisposeScope block = NewDisposeScope();
                long rows = Math.Min(rowsPerBlock, count - start);
                Tensor query = queries.narrow(0, start, rows);
                Tensor target = classes.narrow(0, start, rows);
                Tensor logits = query.mm(items.t());                                           // [rows, I]
                Tensor logSum = logits.logsumexp(-1, keepdim: true);
                total.add_((logSum - logits.gather(-1, target)).sum());
                Tensor gradient = logits.sub_(logSum).exp_();
                gradient.scatter_add_(-1, target, full([rows, 1], -1, gradient.dtype, gradient.device)).div_(count);
                queryGradient.narrow(0, start, rows).copy_(gradient.mm(items));
                itemGradient.addmm_(gradient.t(), query);
            }

            ctx.save_for_backward([queryGradient, tableGradient]);
            queryGradient.MoveToOuterDisposeScope();
            tableGradient.MoveToOuterDisposeScope();
            return total.div_(count).MoveToOuterDisposeScope();
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            List<Tensor> saved = ctx.get_saved_variables();
            return [saved[0] * grad_output, saved[1] * grad_output, null!, null!];
        }
    }
}
