using Microsoft.ML.Hydra.Numerics;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Kernels;

/// <summary>The scan as one kernel (<see cref="SelectiveScan"/>): no state is kept, memory is linear in the length.</summary>
/// <inheritdoc/>
internal sealed class FusedScan(int degreeOfParallelism) : FusedOperation(degreeOfParallelism)
{
    /// <inheritdoc cref="StateSpaceScan"/>
    public Tensor Run(Tensor x, Tensor dt, Tensor a, Tensor b, Tensor c) => Apply(x, dt, a, b, c);

    protected override Tensor Forward(IReadOnlyList<Tensor> inputs, Workspace workspace)
    {
        ScanShape shape = ShapeOf(inputs);
        Tensor y = empty_like(inputs[0]);
        SelectiveScan.Forward(shape, Operands(shape, inputs), new Rows(TensorMemory.Of(y), shape.Heads * shape.Width), workspace);
        return y;
    }

    protected override IReadOnlyList<Tensor> Backward(IReadOnlyList<Tensor> inputs, Tensor gradient, Workspace workspace)
    {
        ScanShape shape = ShapeOf(inputs);
        Tensor[] gradients = [.. inputs.Select(input => empty_like(input))];
        SelectiveScan.Backward(
            shape,
            Operands(shape, inputs),
            new ReadOnlyRows(TensorMemory.Of(gradient), shape.Heads * shape.Width),
            new ScanGradients
            {
                X = new Rows(TensorMemory.Of(gradients[0]), shape.Heads * shape.Width),
                StepSizes = new Rows(TensorMemory.Of(gradients[1]), shape.Heads),
                Rates = TensorMemory.Of(gradients[2]),
                B = new Rows(TensorMemory.Of(gradients[3]), shape.StateSize),
                C = new Rows(TensorMemory.Of(gradients[4]), shape.StateSize),
            },
            workspace);
        return gradients;
    }

    private static ScanShape ShapeOf(IReadOnlyList<Tensor> inputs)
    {
        long[] s = inputs[0].shape;
        return new ScanShape((int)s[0], (int)s[1], (int)s[2], (int)s[3], (int)s[4], (int)inputs[3].shape[3]);
    }

    private static ScanInputs Operands(in ScanShape shape, IReadOnlyList<Tensor> inputs) => new()
    {
        X = new ReadOnlyRows(TensorMemory.Of(inputs[0]), shape.Heads * shape.Width),
        StepSizes = new ReadOnlyRows(TensorMemory.Of(inputs[1]), shape.Heads),
        Rates = TensorMemory.Of(inputs[2]),
        B = new ReadOnlyRows(TensorMemory.Of(inputs[3]), shape.StateSize),
        C = new ReadOnlyRows(TensorMemory.Of(inputs[4]), shape.StateSize),
    };
}
