namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// What the backward pass of one latent head takes from a block of time to the block before it: gradients of the scan's states
/// and log decays, and of the convolution's last inputs. Starts as zeros; nothing where a sequence is one block.
/// </summary>
internal readonly unsafe struct LaterBlock
{
    private readonly int _past, _convolved;
    private readonly float* _adjoints;             // [H, N, P]
    private readonly double* _logDecayGradients;   // [H]
    private readonly float* _inputGradients;       // [k − 1, C]

    /// <param name="sizes">Sizes of the model.</param>
    /// <param name="arena">Holds it; null where a sequence is one block.</param>
    public LaterBlock(ModelSizes sizes, Arena? arena)
    {
        (_past, _convolved) = (sizes.ConvolutionTaps - 1, sizes.ConvolvedWidth);
        if (arena is not null)
        {
            int states = sizes.InnerWidth * sizes.StateSize;
            _adjoints = arena.Floats(states);
            _logDecayGradients = arena.Doubles(sizes.InnerHeads);
            _inputGradients = arena.Floats((long)_past * _convolved);
            new Span<float>(_adjoints, states).Clear();
            new Span<double>(_logDecayGradients, sizes.InnerHeads).Clear();
            new Span<float>(_inputGradients, _past * _convolved).Clear();
        }
    }

    /// <summary>What the scan of a block takes over and leaves.</summary>
    /// <param name="before">The state before the block; empty for the first.</param>
    public ScanNeighbours Neighbours(HeadState before) => new(before.Scan, _adjoints, _logDecayGradients);

    /// <summary>Adds what the later block gives to the gradients of a block's last inputs, and takes what this one gives to those before it.</summary>
    /// <param name="end">After the last row of the block's gradients.</param>
    /// <param name="start">First row of the gradients of the <paramref name="past"/> inputs before the block.</param>
    /// <param name="stride">Numbers from one row to the next.</param>
    /// <param name="past">k − 1, or 0 for the first block.</param>
    public void PassConvolved<TSimd, TVector>(float* end, float* start, nint stride, int past)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        if (_inputGradients == null)
        {
            return;
        }

        for (nint i = 0; i < _past; i++)
        {
            TileRows<TSimd, TVector>.Add(_convolved, _inputGradients + (i * _convolved), end + ((i - _past) * stride));
        }

        for (nint i = 0; i < past; i++)
        {
            new ReadOnlySpan<float>(start + (i * stride), _convolved).CopyTo(new(_inputGradients + (i * _convolved), _convolved));
        }
    }
}
