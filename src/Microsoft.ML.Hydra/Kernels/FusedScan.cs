using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Kernels;

/// <summary>
/// The scan as one kernel over the tensors' memory (<see cref="SelectiveScan"/>), with its own backward pass: no state and no
/// intermediate tensor is kept. For float32 on the CPU.
/// </summary>
/// <param name="degreeOfParallelism">Most threads of one call.</param>
internal sealed class FusedScan(int degreeOfParallelism)
{
    private readonly WorkspacePool _workspaces = new(degreeOfParallelism);

    /// <inheritdoc cref="StateSpaceScan"/>
    public Tensor Run(Tensor x, Tensor dt, Tensor a, Tensor b, Tensor c) =>
        ScanFunction.apply(x.contiguous(), dt.contiguous(), a.contiguous(), b.contiguous(), c.contiguous(), this);

    private static ScanShape ShapeOf(Tensor x, Tensor b)
    {
        long[] s = x.shape;
        return new ScanShape((int)s[0], (int)s[1], (int)s[2], (int)s[3], (int)s[4], (int)b.shape[3]);
    }

    private static ScanInputs Inputs(in ScanShape shape, Tensor x, Tensor dt, Tensor a, Tensor b, Tensor c) => new()
    {
        X = new ReadOnlyRows(TensorMemory.Of(x), shape.Heads * shape.Width),
        StepSizes = new ReadOnlyRows(TensorMemory.Of(dt), shape.Heads),
        Rates = TensorMemory.Of(a),
        B = new ReadOnlyRows(TensorMemory.Of(b), shape.StateSize),
        C = new ReadOnlyRows(TensorMemory.Of(c), shape.StateSize),
    };

    private Tensor Forward(Tensor x, Tensor dt, Tensor a, Tensor b, Tensor c) => _workspaces.Use(workspace =>
    {
        ScanShape shape = ShapeOf(x, b);
        Tensor y = empty_like(x);
        SelectiveScan.Forward(shape, Inputs(shape, x, dt, a, b, c), new Rows(TensorMemory.Of(y), shape.Heads * shape.Width), workspace);
        return y;
    });

    private List<Tensor> Backward(Tensor x, Tensor dt, Tensor a, Tensor b, Tensor c, Tensor dy) => _workspaces.Use(workspace =>
    {
        ScanShape shape = ShapeOf(x, b);
        List<Tensor> gradients = [empty_like(x), empty_like(dt), empty_like(a), empty_like(b), empty_like(c)];
        SelectiveScan.Backward(
            shape,
            Inputs(shape, x, dt, a, b, c),
            new ReadOnlyRows(TensorMemory.Of(dy), shape.Heads * shape.Width),
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
    });

    private sealed class ScanFunction : autograd.SingleTensorFunction<ScanFunction>
    {
        public override string Name => nameof(FusedScan);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var (x, dt, a, b, c) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2], (Tensor)vars[3], (Tensor)vars[4]);
            ctx.save_for_backward([x, dt, a, b, c]);
            ctx.save_data("scan", vars[5]);
            using IDisposable scope = no_grad();
            return ((FusedScan)vars[5]).Forward(x, dt, a, b, c);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using DisposeScope scope = NewDisposeScope();
            List<Tensor> saved = ctx.get_saved_variables();
            using IDisposable inference = no_grad();
            List<Tensor> gradients = ((FusedScan)ctx.get_data("scan"))
                .Backward(saved[0], saved[1], saved[2], saved[3], saved[4], grad_output.contiguous());
            foreach (Tensor gradient in gradients)
            {
                gradient.MoveToOuterDisposeScope();
            }

            gradients.Add(null!);
            return gradients;
        }
    }
}
