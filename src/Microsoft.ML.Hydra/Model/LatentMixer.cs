using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Model;

/// <summary>
/// Multi-head latent Mamba (arXiv 2504.07398), for the normed input H_n of a layer:
/// <code>
/// X = SiLU(H_n W_X^T)     Y = concat_i Mamba_i(X_i)     Z = RoPE(SiLU(H_n W_Z^T))     out = ((Y ∘ Z) / √v) W_O^T
/// </code>
/// </summary>
internal sealed class LatentMixer : nn.Module<Tensor, Tensor?, Tensor?, Tensor>
{
    private readonly ModelSizes _sizes;
    private readonly Parameter x_proj;         // [v d_c, d]
    private readonly Parameter? z_proj;        // [v d_c, d]
    private readonly Parameter out_proj;       // [d, v d_c]
    private readonly LatentMamba mamba;

    public LatentMixer(ModelSizes sizes, StateSpaceScan scan, ParameterFactory parameters)
        : base(nameof(LatentMixer))
    {
        _sizes = sizes;
        long latent = sizes.LatentHeads * sizes.LatentWidth;
        x_proj = parameters.Linear(latent, sizes.Width);
        z_proj = sizes.ItemGate ? parameters.Linear(latent, sizes.Width) : null;
        mamba = new LatentMamba(sizes, scan, parameters);
        out_proj = parameters.Linear(sizes.Width, latent);
        RegisterComponents();
    }

    /// <param name="h">Normed inputs, <c>[B, L, d]</c>.</param>
    /// <param name="positions">Positions, <c>[B, L]</c>; needed by the rotary gate only.</param>
    /// <param name="times">Features of the events' times, <c>[B, L, K]</c>; null for none.</param>
    /// <returns><c>[B, L, d]</c>.</returns>
    public override Tensor forward(Tensor h, Tensor? positions, Tensor? times)
    {
        (long batch, long length, long v, long latent) = (h.shape[0], h.shape[1], _sizes.LatentHeads, _sizes.LatentWidth);
        Tensor x = nn.functional.linear(h, x_proj).silu().view(batch * length, v, latent).transpose(0, 1);   // [v, B·L, d_c]
        Tensor y = mamba.call(x, times?.reshape(batch * length, _sizes.TimeFeatures), batch, length).transpose(0, 1).reshape(batch, length, v * latent);
        if (z_proj is not null)
        {
            Tensor z = nn.functional.linear(h, z_proj).silu();
            if (_sizes.RotaryGate)
            {
                z = RotaryPosition.Rotate(z.view(batch, length, v, latent), positions!).view(batch, length, v * latent);
            }

            y = y * z;
        }

        return nn.functional.linear(y * (1 / Math.Sqrt(v)), out_proj);
    }
}

/// <summary>
/// Rotary positions (arXiv 2104.09864), base 10000, on consecutive pairs of each head. A position is the event's index in the
/// user's whole history, 0 for the first event ever: training windows, batch scoring and appended events count it in the same way.
/// </summary>
internal static class RotaryPosition
{
    private const double Base = 10000;

    /// <summary>Turns pair <c>i</c> of each head by <c>position · base^(−2i/width)</c>.</summary>
    /// <param name="x">Values, <c>[B, L, G, W]</c>, W even.</param>
    /// <param name="positions">Positions, <c>[B, L]</c>.</param>
    public static Tensor Rotate(Tensor x, Tensor positions)
    {
        (long batch, long length, long heads, long width) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        Tensor pair = arange(0, width / 2, dtype: ScalarType.Float64, device: x.device);
        Tensor angles = positions.to(ScalarType.Float64).view(batch, length, 1, 1) * (pair * (-2.0 / width * Math.Log(Base))).exp();
        (Tensor cos, Tensor sin) = (angles.cos().to(x.dtype), angles.sin().to(x.dtype));       // [B, L, 1, W/2]
        Tensor pairs = x.view(batch, length, heads, width / 2, 2);
        (Tensor even, Tensor odd) = (pairs.select(-1, 0), pairs.select(-1, 1));
        return stack([even * cos - odd * sin, even * sin + odd * cos], -1).view(batch, length, heads, width);
    }
}
