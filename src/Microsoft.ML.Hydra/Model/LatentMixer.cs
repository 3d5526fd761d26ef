using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Model;

/// <summary>
/// Multi-head latent Mamba (arXiv 2504.07398):
/// <code>
/// X = SiLU(H W_X^T)     Y = concat_i Mamba_i(X_i)     Z = RoPE(SiLU(H W_Z^T))     out = ((Y ∘ Z) / √v) W_O^T
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
