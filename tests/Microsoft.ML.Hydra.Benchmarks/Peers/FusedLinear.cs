using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Compute;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Peers;

/// <summary>A linear map without bias by our matrix product: <c>y = x W^T</c>, <c>dx = dy W</c>, <c>dW = dy^T x</c>.</summary>
internal sealed class FusedLinear : nn.Module<Tensor, Tensor>
{
    private readonly int _inputs;
    private readonly int _outputs;
    private readonly WorkspacePool _workspaces;
    private readonly Parameter matrix;   // [outputs, inputs]

    public FusedLinear(int inputs, int outputs, WorkspacePool workspaces, Generator? generator)
        : base(nameof(FusedLinear))
    {
        (_inputs, _outputs, _workspaces) = (inputs, outputs, workspaces);
        double bound = 1 / Math.Sqrt(inputs);
        matrix = new Parameter(empty(outputs, inputs).uniform_(-bound, bound, generator));
        RegisterComponents();
    }

    /// <param name="x"><c>[…, inputs]</c>.</param>
    public override Tensor forward(Tensor x) => Function.apply(x.contiguous(), matrix, this);

    private void Forward(Tensor x, Tensor w, Tensor y) => Multiply(
        new GemmShape(Rows(x), _outputs, _inputs, TransposeB: true), x, w, y);

    private void Backward(Tensor x, Tensor w, Tensor dy, Tensor dx, Tensor dw)
    {
        Multiply(new GemmShape(Rows(x), _inputs, _outputs), dy, w, dx);
        Multiply(new GemmShape(_outputs, _inputs, Rows(x), TransposeA: true), dy, x, dw);
    }

    private int Rows(Tensor x) => (int)(x.numel() / _inputs);

    private unsafe void Multiply(GemmShape shape, Tensor a, Tensor b, Tensor c) => _workspaces.Use(workspace =>
    {
        ThreadedGemm.Run(shape, TensorMemory.Pointer(a), TensorMemory.Pointer(b), TensorMemory.Pointer(c), workspace);
        return true;
    });

    private sealed class Function : autograd.SingleTensorFunction<Function>
    {
        public override string Name => nameof(FusedLinear);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            using IDisposable inference = no_grad();
            (Tensor x, Tensor w, FusedLinear map) = ((Tensor)vars[0], (Tensor)vars[1], (FusedLinear)vars[2]);
            Tensor y = empty([.. x.shape[..^1], map._outputs]);
            map.Forward(x, w, y);
            ctx.save_for_backward([x, w]);
            ctx.save_data(Name, map);
            return y;
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using IDisposable inference = no_grad();
            List<Tensor> saved = ctx.get_saved_variables();
            (Tensor dx, Tensor dw) = (empty_like(saved[0]), empty_like(saved[1]));
            ((FusedLinear)ctx.get_data(Name)).Backward(saved[0], saved[1], grad_output.contiguous(), dx, dw);
            return [dx, dw, null!];
        }
    }
}
