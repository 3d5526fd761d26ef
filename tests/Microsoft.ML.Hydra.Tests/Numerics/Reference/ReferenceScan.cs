using Microsoft.ML.Hydra.Compute;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Tests.Numerics.Reference;

/// <summary>The selective scan as its definition reads, one position after another; its gradients are torch's. Every other scan must equal it.</summary>
internal static class ReferenceScan
{
    // The factor that TorchSharp passes with every sum. One that it makes for the call may be collected during it, which happens
    // in thousands of sums in a row.
    private static readonly Scalar s_one = 1.ToScalar();

    /// <inheritdoc cref="StateSpaceScan"/>
    public static Tensor Run(Tensor x, Tensor dt, Tensor a, Tensor b, Tensor c)
    {
        (long groups, long batch, long length, long heads, long width) =
            (x.shape[0], x.shape[1], x.shape[2], x.shape[3], x.shape[4]);
        long stateSize = b.shape[3];
        Tensor state = zeros([groups, batch, heads, width, stateSize], x.dtype, x.device);   // [G, B, H, P, N]
        Tensor rates = a.view(groups, 1, heads);
        var outputs = new Tensor[length];
        for (long t = 0; t < length; t++)
        {
            Tensor step = dt.select(2, t);                                                     // [G, B, H]
            Tensor decay = (step * rates).exp().view(groups, batch, heads, 1, 1);
            Tensor input = (x.select(2, t) * step.unsqueeze(-1)).unsqueeze(-1);                // [G, B, H, P, 1]
            state = (decay * state).add(input * b.select(2, t).view(groups, batch, 1, 1, stateSize), s_one);
            outputs[t] = (state * c.select(2, t).view(groups, batch, 1, 1, stateSize)).sum(-1);
        }

        return stack(outputs, 2);
    }
}
