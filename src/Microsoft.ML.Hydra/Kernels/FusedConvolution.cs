using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Kernels;

/// <summary>
/// Convolution and SiLU as one kernel over the tensors' memory (<see cref="CausalConvolutionSilu"/>); only its inputs are kept
/// for the backward pass. For float32 on the CPU.
/// </summary>
/// <param name="degreeOfParallelism">Most threads of one call.</param>
internal sealed class FusedConvolution(int degreeOfParallelism)
{
    private readonly WorkspacePool _workspaces = new(degreeOfParallelism);

    /// <inheritdoc cref="ConvolutionSilu"/>
    public Tensor Run(Tensor x, Tensor weight, Tensor bias) =>
        ConvolutionFunction.apply(x.contiguous(), weight.contiguous(), bias.contiguous(), this);

    private static ConvolutionShape ShapeOf(Tensor x, Tensor weight) =>
        new((int)x.shape[0], (int)x.shape[1], (int)x.shape[2], (int)x.shape[3], (int)weight.shape[1]);

    private Tensor Forward(Tensor x, Tensor weight, Tensor bias) => _workspaces.Use(workspace =>
    {
        ConvolutionShape shape = ShapeOf(x, weight);
        Tensor y = empty_like(x);
        CausalConvolutionSilu.Forward(
            shape,
            new ReadOnlyRows(TensorMemory.Of(x), shape.Channels),
            TensorMemory.Of(weight),
            TensorMemory.Of(bias),
            [],
            new Rows(TensorMemory.Of(y), shape.Channels),
            workspace);
        return y;
    });

    private List<Tensor> Backward(Tensor x, Tensor weight, Tensor bias, Tensor dy) => _workspaces.Use(workspace =>
    {
        ConvolutionShape shape = ShapeOf(x, weight);
        List<Tensor> gradients = [empty_like(x), empty_like(weight), empty_like(bias)];
        CausalConvolutionSilu.Backward(
            shape,
            new ReadOnlyRows(TensorMemory.Of(x), shape.Channels),
            TensorMemory.Of(weight),
            TensorMemory.Of(bias),
            [],
            new ReadOnlyRows(TensorMemory.Of(dy), shape.Channels),
            new Rows(TensorMemory.Of(gradients[0]), shape.Channels),
            TensorMemory.Of(gradients[1]),
            TensorMemory.Of(gradients[2]),
            workspace);
        return gradients;
    });

    private sealed class ConvolutionFunction : autograd.SingleTensorFunction<ConvolutionFunction>
    {
        public override string Name => nameof(FusedConvolution);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            (Tensor x, Tensor weight, Tensor bias) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2]);
            ctx.save_for_backward([x, weight, bias]);
            ctx.save_data("convolution", vars[3]);
            using IDisposable inference = no_grad();
            return ((FusedConvolution)vars[3]).Forward(x, weight, bias);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable inference = no_grad();
            List<Tensor> saved = ctx.get_saved_variables();
            List<Tensor> gradients = ((FusedConvolution)ctx.get_data("convolution"))
                .Backward(saved[0], saved[1], saved[2], grad_output.contiguous());
            foreach (Tensor gradient in gradients)
            {
                gradient.MoveToOuterDisposeScope();
            }

            return [.. gradients, null!];
        }
    }
}
