using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Model;

/// <summary>
/// Dropout from seeds of our own: the process's random state is never touched. On the CPU the masks are those of
/// <see cref="DropoutMask"/>, so that torch operations and fused kernels drop the same values. Outside of training it passes its
/// input through.
/// </summary>
internal sealed class DropoutSource
{
    private ulong? _seed;
    private int _site;
    private Generator? _generator;

    /// <summary>Share of values set to 0.</summary>
    public required double Rate { get; init; }

    /// <summary>The seed of the current training step; null outside of training. Setting it starts again with the first site.</summary>
    public ulong? Seed
    {
        get => _seed;
        set
        {
            (_seed, _site) = (value, 0);
            _generator?.Dispose();
            _generator = null;
        }
    }

    /// <summary>The token of each row of the inputs; null where row r is token r.</summary>
    public int[]? Tokens { get; set; }

    /// <summary>The mask of the current step.</summary>
    public DropoutMask Mask => _seed is ulong seed ? new DropoutMask(seed, Rate) : default;

    /// <summary>Sets a random share of values to 0 and scales the rest up to the same mean. Each call in a step has its own site, counted from 0.</summary>
    /// <param name="x">Rows, <c>[…, d]</c>.</param>
    public Tensor Apply(Tensor x)
    {
        if (!Mask.IsActive)
        {
            return x;
        }

        int site = _site++;
        return x * (x.device_type == DeviceType.CPU ? MaskFor(x, site) : DeviceMask(x));
    }

    private unsafe Tensor MaskFor(Tensor x, int site)
    {
        int width = (int)x.shape[^1], rows = (int)(x.numel() / width);
        Tensor mask = empty(x.shape, ScalarType.Float32);
        Span<float> factors = TensorMemory.Of(mask);
        var row = new float[width + 16];
        fixed (float* pointer = row)
        {
            for (int i = 0; i < rows; i++)
            {
                Mask.Fill(site, Tokens is null ? i : Tokens[i], pointer, width);
                row.AsSpan(0, width).CopyTo(factors[(i * width)..]);
            }
        }

        return mask.to(x.dtype);
    }

    // Made where it is used: a mask is as large as the values that it drops.
    private Tensor DeviceMask(Tensor x)
    {
        _generator ??= new Generator(_seed!.Value, x.device);
        double kept = 1 - Rate;
        return empty_like(x).bernoulli_(kept, _generator).div_(kept);
    }
}
