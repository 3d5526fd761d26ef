using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Kernels;

/// <summary>
/// An operation computed by one kernel over the tensors' memory, with its own backward pass. Only its inputs are kept for
/// that. For float32 on the CPU.
/// </summary>
/// <param name="degreeOfParallelism">Most threads of one call.</param>
internal abstract class FusedOperation(int degreeOfParallelism)
{
    private readonly WorkspacePool _workspaces = new(degreeOfParallelism);

    /// <summary>Computes the output.</summary>
    /// <param name="inputs">The inputs, contiguous.</param>
    /// <param name="workspace">Threads and scratch memory.</param>
    protected abstract Tensor Forward(IReadOnlyList<Tensor> inputs, Workspace workspace);

    /// <summary>Computes the gradient of every input.</summary>
    /// <param name="inputs">The inputs, contiguous.</param>
    /// <param name="gradient">The gradient of the output, contiguous.</param>
    /// <param name="workspace">Threads and scratch memory.</param>
    protected abstract IReadOnlyList<Tensor> Backward(IReadOnlyList<Tensor> inputs, Tensor gradient, Workspace workspace);

    /// <summary>Applies the operation as a differentiable function of its inputs.</summary>
    protected Tensor Apply(params Tensor[] inputs) => Function.apply([.. inputs.Select(input => input.contiguous()), this]);

    // The last argument is the operation, the others are its inputs.
    private sealed class Function : autograd.SingleTensorFunction<Function>
    {
        public override string Name => nameof(FusedOperation);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var operation = (FusedOperation)vars[^1];
            List<Tensor> inputs = [.. vars[..^1].Cast<Tensor>()];
            ctx.save_for_backward(inputs);
            ctx.save_data(Name, operation);
            using IDisposable inference = no_grad();
            return operation._workspaces.Use(workspace => operation.Forward(inputs, workspace));
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable inference = no_grad();
            var operation = (FusedOperation)ctx.get_data(Name);
            List<Tensor> inputs = ctx.get_saved_variables();
            IReadOnlyList<Tensor> gradients = operation._workspaces.Use(
                workspace => operation.Backward(inputs, grad_output.contiguous(), workspace));
            foreach (Tensor gradient in gradients)
            {
                gradient.MoveToOuterDisposeScope();
            }

            return [.. gradients, null!];
        }
    }
}
