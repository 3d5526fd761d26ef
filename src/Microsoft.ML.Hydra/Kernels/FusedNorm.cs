using Microsoft.ML.Hydra.Numerics;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Kernels;

/// <summary>Gate and norm as one kernel (<see cref="RmsNorm"/>).</summary>
/// <inheritdoc/>
internal sealed class FusedNorm(int degreeOfParallelism) : FusedOperation(degreeOfParallelism)
{
    /// <inheritdoc cref="Norm"/>
    public Tensor Run(Tensor x, Tensor? gate, Tensor weight) => gate is null ? Apply(x, weight) : Apply(x, weight, gate);

    protected override Tensor Forward(IReadOnlyList<Tensor> inputs, Workspace workspace)
    {
        NormShape shape = ShapeOf(inputs);
        Tensor y = empty_like(inputs[0]);
        RmsNorm.Forward(
            shape, Rows(shape, inputs[0]), Gate(shape, inputs), TensorMemory.Of(inputs[1]), Rows(shape, y), workspace);
        return y;
    }

    protected override IReadOnlyList<Tensor> Backward(IReadOnlyList<Tensor> inputs, Tensor gradient, Workspace workspace)
    {
        NormShape shape = ShapeOf(inputs);
        Tensor[] gradients = [.. inputs.Select(input => empty_like(input))];
        RmsNorm.Backward(
            shape,
            Rows(shape, inputs[0]),
            Gate(shape, inputs),
            TensorMemory.Of(inputs[1]),
            Rows(shape, gradient),
            Rows(shape, gradients[0]),
            Gate(shape, gradients),
            TensorMemory.Of(gradients[1]),
            workspace);
        return gradients;
    }

    private static Rows Rows(in NormShape shape, Tensor tensor) => new(TensorMemory.Of(tensor), shape.Width);

    private static Rows Gate(in NormShape shape, IReadOnlyList<Tensor> tensors) => tensors.Count > 2 ? Rows(shape, tensors[2]) : default;

    private static NormShape ShapeOf(IReadOnlyList<Tensor> inputs)
    {
        (long numbers, long width) = (inputs[0].numel(), inputs[0].shape[^1]);
        long groups = inputs[1].numel() / width;
        return new NormShape((int)groups, (int)(numbers / width / groups), (int)width);
    }
}
