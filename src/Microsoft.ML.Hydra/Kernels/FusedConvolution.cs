using Microsoft.ML.Hydra.Numerics;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Kernels;

/// <summary>Convolution and SiLU as one kernel (<see cref="CausalConvolutionSilu"/>).</summary>
/// <inheritdoc/>
internal sealed class FusedConvolution(int degreeOfParallelism) : FusedOperation(degreeOfParallelism)
{
    /// <inheritdoc cref="ConvolutionSilu"/>
    public Tensor Run(Tensor x, Tensor weight, Tensor bias) => Apply(x, weight, bias);

    protected override Tensor Forward(IReadOnlyList<Tensor> inputs, Workspace workspace)
    {
        ConvolutionShape shape = ShapeOf(inputs);
        Tensor y = empty_like(inputs[0]);
        CausalConvolutionSilu.Forward(
            shape,
            new ReadOnlyRows(TensorMemory.Of(inputs[0]), shape.Channels),
            TensorMemory.Of(inputs[1]),
            TensorMemory.Of(inputs[2]),
            [],
            new Rows(TensorMemory.Of(y), shape.Channels),
            workspace);
        return y;
    }

    protected override IReadOnlyList<Tensor> Backward(IReadOnlyList<Tensor> inputs, Tensor gradient, Workspace workspace)
    {
        ConvolutionShape shape = ShapeOf(inputs);
        Tensor[] gradients = [.. inputs.Select(input => empty_like(input))];
        CausalConvolutionSilu.Backward(
            shape,
            new ReadOnlyRows(TensorMemory.Of(inputs[0]), shape.Channels),
            TensorMemory.Of(inputs[1]),
            TensorMemory.Of(inputs[2]),
            [],
            new ReadOnlyRows(TensorMemory.Of(gradient), shape.Channels),
            new Rows(TensorMemory.Of(gradients[0]), shape.Channels),
            TensorMemory.Of(gradients[1]),
            TensorMemory.Of(gradients[2]),
            workspace);
        return gradients;
    }

    private static ConvolutionShape ShapeOf(IReadOnlyList<Tensor> inputs)
    {
        long[] s = inputs[0].shape;
        return new ConvolutionShape((int)s[0], (int)s[1], (int)s[2], (int)s[3], (int)inputs[1].shape[1]);
    }
}
