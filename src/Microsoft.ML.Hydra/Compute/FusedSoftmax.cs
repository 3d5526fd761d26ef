using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Compute;

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
            // Of a loss that is not scaled any more the gradients are there as they are.
            List<Tensor> saved = ctx.get_saved_variables();
            return grad_output.item<float>() == 1
                ? [saved[0], saved[1], null!, null!]
                : [saved[0] * grad_output, saved[1] * grad_output, null!, null!];
        }
    }
}
