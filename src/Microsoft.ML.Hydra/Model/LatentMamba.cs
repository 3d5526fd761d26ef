using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Model;

/// <summary>
/// The v Mamba-2 blocks of a layer (arXiv 2405.21060), one for each latent head with its own parameters, run as one grouped
/// operation:
/// <code>
/// [z | x | B | C | dt] = u W_in          (x, B, C) ← SiLU(conv(x, B, C))          dt ← softplus(dt + dt_bias + W_time f)
/// y = scan(x, dt, −exp(A_log), B, C) + D x          out = RMSNorm(y ∘ SiLU(z)) W_out
/// </code>
/// With a clock, f are the features of the event's time: the step of the state's differential equation follows the time that passed.
/// </summary>
internal sealed class LatentMamba : nn.Module<Tensor, Tensor?, long, long, Tensor>
{
    private readonly ModelSizes _sizes;
    private readonly StateSpaceScan _scan;
    private readonly Parameter in_proj;       // [v, d_c, 2 d_in + 2 N + H]
    private readonly Parameter conv_weight;   // [v, k, d_in + 2 N]
    private readonly Parameter conv_bias;     // [v, d_in + 2 N]
    private readonly Parameter dt_bias;       // [v, H]
    private readonly Parameter? dt_time;      // [v, H, K]: W_time, 0 at first; null without a clock
    private readonly Parameter A_log;         // [v, H]
    private readonly Parameter D;             // [v, H]
    private readonly RootMeanSquareNorm norm; // [v, 1, d_in]
    private readonly Parameter out_proj;      // [v, d_in, d_c]

    public LatentMamba(ModelSizes sizes, StateSpaceScan scan, ParameterFactory parameters)
        : base(nameof(LatentMamba))
    {
        (_sizes, _scan) = (sizes, scan);
        (int v, int inner, int heads) = (sizes.LatentHeads, sizes.InnerWidth, sizes.InnerHeads);
        int convolved = inner + 2 * sizes.StateSize;
        in_proj = parameters.Uniform([v, sizes.LatentWidth, inner + convolved + heads], 1 / Math.Sqrt(sizes.LatentWidth));
        conv_weight = parameters.Uniform([v, sizes.ConvolutionTaps, convolved], 1 / Math.Sqrt(sizes.ConvolutionTaps));
        conv_bias = parameters.Uniform([v, convolved], 1 / Math.Sqrt(sizes.ConvolutionTaps));
        A_log = parameters.Of((parameters.Unit(v, heads) * 15 + 1).log());                     // A ~ U[1, 16]
        dt_bias = parameters.Of(InitialStepBias(parameters.Unit(v, heads)));
        dt_time = sizes.TimeFeatures > 0 ? parameters.Of(zeros([v, heads, sizes.TimeFeatures])) : null;
        D = parameters.Of(ones([v, heads]));
        norm = new RootMeanSquareNorm([v, 1, inner], parameters.Type);
        out_proj = parameters.Uniform([v, inner, sizes.LatentWidth], 1 / Math.Sqrt(inner));
        RegisterComponents();
    }

    /// <param name="u">Inputs of all latent heads, <c>[v, B·L, d_c]</c>.</param>
    /// <param name="times">Features of the events' times, <c>[B·L, K]</c>; null for none.</param>
    /// <param name="batch">B.</param>
    /// <param name="length">L.</param>
    /// <returns><c>[v, B·L, d_c]</c>.</returns>
    public override Tensor forward(Tensor u, Tensor? times, long batch, long length)
    {
        (long v, long inner, long heads, long n) = (_sizes.LatentHeads, _sizes.InnerWidth, _sizes.InnerHeads, _sizes.StateSize);
        long rows = batch * length;
        Tensor[] parts = u.bmm(in_proj).split([inner, inner + 2 * n, heads], -1);
        Tensor z = parts[0];                                                                   // [v, B·L, d_in]
        Tensor[] convolved = CausalConvolution.Run(parts[1].reshape(v, batch, length, inner + 2 * n), conv_weight, conv_bias)
            .silu().split([inner, n, n], -1);
        Tensor x = convolved[0].reshape(v, batch, length, heads, inner / heads);
        Tensor step = parts[2] + dt_bias.view(v, 1, heads);                                    // [v, B·L, H]
        if (dt_time is not null && times is not null)
        {
            step = step + times.unsqueeze(0).matmul(dt_time.transpose(1, 2));
        }

        Tensor dt = step.softplus(1, 20).view(v, batch, length, heads);
        Tensor y = _scan(x, dt, -A_log.exp(), convolved[1], convolved[2]);
        y = torch.addcmul(y, x, D.view(v, 1, 1, heads, 1), 1).reshape(v, rows, inner);
        return norm.call(y * z.silu()).bmm(out_proj);
    }

    // dt log-uniform in [0.001, 0.1], at least 1e-4; the bias is its inverse softplus
    private static Tensor InitialStepBias(Tensor unit)
    {
        Tensor dt = (unit * (Math.Log(0.1) - Math.Log(0.001)) + Math.Log(0.001)).exp().clamp(min: 1e-4);
        return dt + (-(-dt).expm1()).log();
    }
}
