using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Compute;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Peers;

/// <summary>Our gated product: <c>SiLU(g) ∘ u</c> of rows <c>[g | u]</c>.</summary>
internal sealed class FusedSwiGlu(int width, WorkspacePool workspaces) : nn.Module<Tensor, Tensor>(nameof(FusedSwiGlu))
{
    private readonly int _width = width;
    private readonly WorkspacePool _workspaces = workspaces;

    /// <param name="x"><c>[…, 2 · width]</c>, contiguous.</param>
    public override Tensor forward(Tensor x) => Function.apply(x, this);

    private unsafe void Forward(Tensor x, Tensor y) => _workspaces.Use(workspace =>
    {
        ThreadedSwiGlu.Forward(Rows(x), _width, TensorMemory.Pointer(x), TensorMemory.Pointer(y), workspace);
        return true;
    });

    private unsafe void Backward(Tensor x, Tensor dy, Tensor dx) => _workspaces.Use(workspace =>
    {
        ThreadedSwiGlu.Backward(Rows(x), _width, TensorMemory.Pointer(x), TensorMemory.Pointer(dy), TensorMemory.Pointer(dx), workspace);
        return true;
    });

    private int Rows(Tensor x) => (int)(x.numel() / (2 * _width));

    private sealed class Function : autograd.SingleTensorFunction<Function>
    {
        public override string Name => nameof(FusedSwiGlu);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            using IDisposable inference = no_grad();
            (Tensor x, FusedSwiGlu gate) = ((Tensor)vars[0], (FusedSwiGlu)vars[1]);
            Tensor y = empty([.. x.shape[..^1], gate._width]);
            gate.Forward(x, y);
            ctx.save_for_backward([x]);
            ctx.save_data(Name, gate);
            return y;
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using IDisposable inference = no_grad();
            Tensor x = ctx.get_saved_variables()[0];
            Tensor dx = empty_like(x);
            ((FusedSwiGlu)ctx.get_data(Name)).Backward(x, grad_output.contiguous(), dx);
            return [dx, null!];
        }
    }
}
