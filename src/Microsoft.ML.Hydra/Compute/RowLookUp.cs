using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Compute;

/// <summary>Rows of a table, differentiable by the table.</summary>
/// <param name="table"><c>[I + 1, d]</c>.</param>
/// <param name="rows">Which rows, <c>[M]</c>, int64; a row may occur several times.</param>
/// <returns><c>[M, d]</c>.</returns>
internal delegate Tensor RowLookUp(Tensor table, Tensor rows);

/// <summary>
/// The look-up over the tensors' memory. The gradients of a row that occurs several times are added in the order of its occurrences,
/// so that the sum does not depend on the number of threads. For float32 on the CPU.
/// </summary>
/// <param name="degreeOfParallelism">Most threads of one call.</param>
internal sealed class FusedLookUp(int degreeOfParallelism)
{
    private readonly WorkspacePool _workspaces = new(degreeOfParallelism);

    /// <inheritdoc cref="RowLookUp"/>
    public Tensor Run(Tensor table, Tensor rows) => Function.apply(table, new Call(_workspaces, rows.data<long>().ToArray()));

    private sealed record Call(WorkspacePool Workspaces, long[] Rows)
    {
        /// <summary>Size of the table.</summary>
        public long[] Shape { get; set; } = [];
    }

    private sealed class Function : autograd.SingleTensorFunction<Function>
    {
        public override string Name => nameof(FusedLookUp);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            (Tensor table, var call) = ((Tensor)vars[0], (Call)vars[1]);
            ctx.save_data(Name, call);
            call.Shape = table.shape;
            int width = (int)table.shape[1];
            using IDisposable inference = no_grad();
            Tensor found = empty([call.Rows.Length, width], ScalarType.Float32);
            unsafe
            {
                float* source = TensorMemory.Pointer(table);
                Span<float> target = TensorMemory.Of(found);
                for (int i = 0; i < call.Rows.Length; i++)
                {
                    new ReadOnlySpan<float>(source + (call.Rows[i] * width), width).CopyTo(target[(i * width)..]);
                }
            }

            return found;
        }

        public override unsafe List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using IDisposable inference = no_grad();
            var call = (Call)ctx.get_data(Name);
            using Tensor gradient = grad_output.contiguous();
            Tensor table = zeros(call.Shape, ScalarType.Float32);
            call.Workspaces.Use(workspace =>
            {
                fixed (long* rows = call.Rows)
                {
                    workspace.Run(LookUpBackward.Tasks, new LookUpBackward(
                        TensorMemory.Pointer(gradient), rows, call.Rows.Length, TensorMemory.Pointer(table), call.Shape[0], (int)call.Shape[1]));
                }

                return 0;
            });
            return [table, null!];
        }
    }
}
