using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Model;

/// <summary>
/// Rotary positions (arXiv 2104.09864), base 10000, on consecutive pairs of each head. A position is the event's index in the
/// user's whole history, 0 for the first event ever: windows of training, batch scoring and appended events all count alike.
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
