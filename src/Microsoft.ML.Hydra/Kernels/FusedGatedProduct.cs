using Microsoft.ML.Hydra.Numerics;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Kernels;

/// <summary>The gated product as one kernel (<see cref="SwiGlu"/>).</summary>
/// <inheritdoc/>
internal sealed class FusedGatedProduct(int degreeOfParallelism) : FusedOperation(degreeOfParallelism)
{
    /// <inheritdoc cref="GatedProduct"/>
    public Tensor Run(Tensor gateUp) => Apply(gateUp);

    protected override Tensor Forward(IReadOnlyList<Tensor> inputs, Workspace workspace)
    {
        (int rows, int width) = ShapeOf(inputs[0]);
        Tensor y = empty([.. inputs[0].shape[..^1], width], ScalarType.Float32);
        SwiGlu.Forward(
            rows, width, new ReadOnlyRows(TensorMemory.Of(inputs[0]), 2 * width), new Rows(TensorMemory.Of(y), width), workspace);
        return y;
    }

    protected override IReadOnlyList<Tensor> Backward(IReadOnlyList<Tensor> inputs, Tensor gradient, Workspace workspace)
    {
        (int rows, int width) = ShapeOf(inputs[0]);
        Tensor result = empty_like(inputs[0]);
        SwiGlu.Backward(
            rows,
            width,
            new ReadOnlyRows(TensorMemory.Of(inputs[0]), 2 * width),
            new ReadOnlyRows(TensorMemory.Of(gradient), width),
            new Rows(TensorMemory.Of(result), 2 * width),
            workspace);
        return [result];
    }

    private static (int Rows, int Width) ShapeOf(Tensor gateUp)
    {
        int width = (int)(gateUp.shape[^1] / 2);
        return ((int)(gateUp.numel() / (2 * width)), width);
    }
}
