using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Peers;

/// <summary>RMSNorm with a trained weight by our kernel.</summary>
internal sealed class FusedNorm : nn.Module<Tensor, Tensor>
{
    private readonly int _width;
    private readonly WorkspacePool _workspaces;
    private readonly Parameter weight;   // [d]

    public FusedNorm(int width, WorkspacePool workspaces)
        : base(nameof(FusedNorm))
    {
        (_width, _workspaces) = (width, workspaces);
        weight = new Parameter(ones(width));
        RegisterComponents();
    }

    /// <param name="x"><c>[…, d]</c>.</param>
    public override Tensor forward(Tensor x) => Function.apply(x.contiguous(), weight, this);

    private unsafe void Forward(Tensor x, Tensor w, Tensor y) => _workspaces.Use(workspace =>
    {
        ThreadedNorm.Forward(Operands(x, w), RowsOf(y), workspace);
        return true;
    });

    private unsafe void Backward(Tensor x, Tensor w, Tensor dy, Tensor dx, Tensor dw) => _workspaces.Use(workspace =>
    {
        ThreadedNorm.Backward(Operands(x, w), new(RowsOf(dy), RowsOf(dx), default), TensorMemory.Pointer(dw), workspace);
        return true;
    });

    private unsafe NormOperands Operands(Tensor x, Tensor w) => new((int)(x.numel() / _width), _width, RowsOf(x), default, TensorMemory.Pointer(w));

    private unsafe RowPointer RowsOf(Tensor x) => new(TensorMemory.Pointer(x), _width);

    private sealed class Function : autograd.SingleTensorFunction<Function>
    {
        public override string Name => nameof(FusedNorm);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            using IDisposable inference = no_grad();
            (Tensor x, Tensor w, FusedNorm norm) = ((Tensor)vars[0], (Tensor)vars[1], (FusedNorm)vars[2]);
            Tensor y = empty_like(x);
            norm.Forward(x, w, y);
            ctx.save_for_backward([x, w]);
            ctx.save_data(Name, norm);
            return y;
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using IDisposable inference = no_grad();
            List<Tensor> saved = ctx.get_saved_variables();
            (Tensor dx, Tensor dw) = (empty_like(saved[0]), empty_like(saved[1]));
            ((FusedNorm)ctx.get_data(Name)).Backward(saved[0], saved[1], grad_output.contiguous(), dx, dw);
            return [dx, dw, null!];
        }
    }
}
