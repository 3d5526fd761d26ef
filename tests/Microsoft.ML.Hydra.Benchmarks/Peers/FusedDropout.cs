using System.Runtime.CompilerServices;
using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Peers;

/// <summary>Our dropout with the residual sum: <c>y = residual + mask ∘ x</c>, backwards <c>dx = mask ∘ dy</c> with the mask made anew.</summary>
internal static class FusedDropout
{
    /// <summary>Computes y.</summary>
    /// <param name="residual"><c>[…, d]</c>, or null for 0.</param>
    /// <param name="x"><c>[…, d]</c>.</param>
    /// <param name="dropout">What is dropped.</param>
    /// <param name="site">Where in the model.</param>
    /// <param name="workspaces">Threads and memory.</param>
    public static Tensor Run(Tensor? residual, Tensor x, DropoutMask dropout, int site, WorkspacePool workspaces) =>
        Function.apply(residual?.contiguous() ?? empty(0), x.contiguous(), new Call(residual is not null, dropout, site, workspaces));

    private sealed record Call(bool HasResidual, DropoutMask Dropout, int Site, WorkspacePool Workspaces)
    {
        public unsafe void Run(Tensor? residual, Tensor x, Tensor y) => Workspaces.Use(workspace =>
        {
            int width = (int)x.shape[^1], rows = (int)(x.numel() / width);
            float* added = residual is null ? null : TensorMemory.Pointer(residual);
            var tiles = new Tiles(rows, width, added, TensorMemory.Pointer(x), TensorMemory.Pointer(y), Dropout, Site);
            workspace.Run((rows + TokenLayout.RowsPerTile - 1) / TokenLayout.RowsPerTile, tiles);
            return true;
        });
    }

    private readonly unsafe struct Tiles(int rows, int width, float* residual, float* x, float* y, DropoutMask dropout, int site) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TSimd, TVector>(int task, Arena arena)
            where TSimd : struct, ISimd<TVector>
        {
            int first = task * TokenLayout.RowsPerTile;
            nint offset = (nint)first * width;
            TileRows<TSimd, TVector>.AddDropped(
                Math.Min(TokenLayout.RowsPerTile, rows - first), width, residual == null ? null : residual + offset, x + offset, y + offset,
                dropout, site, first, arena);
        }
    }

    private sealed class Function : autograd.SingleTensorFunction<Function>
    {
        public override string Name => nameof(FusedDropout);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            using IDisposable inference = no_grad();
            (Tensor residual, Tensor x, Call call) = ((Tensor)vars[0], (Tensor)vars[1], (Call)vars[2]);
            Tensor y = empty_like(x);
            call.Run(call.HasResidual ? residual : null, x, y);
            ctx.save_data(Name, call);
            return y;
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            using IDisposable inference = no_grad();
            Tensor dy = grad_output.contiguous();
            Tensor dx = empty_like(dy);
            var call = (Call)ctx.get_data(Name);
            call.Run(null, dy, dx);
            return [call.HasResidual ? dy : null!, dx, null!];
        }
    }
}
