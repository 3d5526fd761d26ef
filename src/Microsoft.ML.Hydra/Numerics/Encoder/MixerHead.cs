namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// What the forward and the backward pass of a latent head both need for a block of one sequence: everything from the head's input to the
/// operands of its scan. The constructor computes it.
/// </summary>
internal readonly unsafe ref struct MixerHead<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
{
    private readonly LayerPass _pass;
    private readonly int _head;

    /// <param name="pass">The layer and the batch.</param>
    /// <param name="head">Which head.</param>
    /// <param name="first">First row of the block.</param>
    /// <param name="length">L: tokens of the block.</param>
    /// <param name="past">Inputs of the convolution before the block, <c>[k − 1, C]</c>; overwritten with the last inputs of the block. Null for zeros.</param>
    /// <param name="arena">Holds the results.</param>
    public MixerHead(LayerPass pass, int head, nint first, int length, float* past, Arena arena)
    {
        (_pass, _head, Length) = (pass, head, length);
        ModelSizes sizes = pass.Sizes;
        (int latent, int inner, int heads, int convolved) = (sizes.LatentWidth, sizes.InnerWidth, sizes.InnerHeads, sizes.ConvolvedWidth);
        Stride = sizes.ProjectedWidth;
        Input = arena.Floats((long)length * latent);
        int before = past == null ? 0 : sizes.ConvolutionTaps - 1;
        float* rows = arena.Floats((long)(before + length) * Stride), convolvedRows = arena.Floats((long)(before + length) * convolved);
        Projected = rows + ((nint)before * Stride);
        Convolved = convolvedRows + ((nint)before * convolved);
        Steps = arena.Floats((long)length * heads);
        float* rates = arena.Floats(heads);

        float* x = pass.Kept.X + (first * sizes.LatentHeadsWidth) + (head * latent);
        TileRows<TSimd, TVector>.Silu(length, latent, x, sizes.LatentHeadsWidth, Input);
        pass.Packed.Projection[head].Multiply<TSimd, TVector>(length, Input, latent, Projected, Stride, false, arena);
        for (nint i = 0; i < before; i++)
        {
            new ReadOnlySpan<float>(past + (i * convolved), convolved).CopyTo(new(rows + (i * Stride) + inner, convolved));
        }

        Convolution = new()
        {
            Length = before + length,
            Channels = convolved,
            Taps = sizes.ConvolutionTaps,
            X = new(rows + inner, Stride),
            Weight = pass.Weights.Taps + ((nint)head * sizes.ConvolutionTaps * convolved),
            Bias = pass.Weights.TapBias + ((nint)head * convolved),
        };
        ConvolutionSilu<TSimd, TVector>.Forward(Convolution, new(convolvedRows, convolved));
        for (nint i = 0; i < before; i++)
        {
            new ReadOnlySpan<float>(rows + ((length + i) * Stride) + inner, convolved).CopyTo(new(past + (i * convolved), convolved));
        }

        Times = pass.Times == null
            ? default
            : new StepTimes(
                sizes.TimeFeatures, pass.Times + (first * sizes.TimeFeatures), pass.Weights.StepTimes + ((nint)head * heads * sizes.TimeFeatures));
        StepSizes<TSimd, TVector>.Forward(length, heads, Projected + inner + convolved, Stride, StepBias, Times, Steps);
        for (int i = 0; i < heads; i++)
        {
            rates[i] = -MathF.Exp(pass.Weights.LogRates[(head * heads) + i]);
        }

        RowPointer scanned = new(Convolved, convolved);
        Scan = new()
        {
            Length = length,
            Heads = heads,
            Width = sizes.InnerHeadWidth,
            StateSize = sizes.StateSize,
            X = scanned,
            Steps = new(Steps, heads),
            Rates = rates,
            B = scanned.From(0, inner),
            C = scanned.From(0, inner + sizes.StateSize),
            Skips = pass.Weights.Skips + ((nint)head * heads),
        };
    }

    public int Length { get; }

    /// <summary>SiLU(X_i), <c>[L, d_c]</c>.</summary>
    public float* Input { get; }

    /// <summary>[z | x | B | C | dt] before convolution and softplus, <c>[L, Q]</c>.</summary>
    public float* Projected { get; }

    /// <summary>Q: numbers from one row of the projection to the next.</summary>
    public int Stride { get; }

    /// <summary>[x | B | C] after the convolution and its SiLU, <c>[L, C]</c>.</summary>
    public float* Convolved { get; }

    /// <summary>dt, <c>[L, H]</c>.</summary>
    public float* Steps { get; }

    public ConvolutionOperands Convolution { get; }

    public ScanOperands Scan { get; }

    /// <summary>Bias of the head's step sizes, <c>[H]</c>.</summary>
    public float* StepBias => _pass.Weights.StepBias + ((nint)_head * _pass.Sizes.InnerHeads);

    /// <summary>What the events' times add to the step sizes.</summary>
    public StepTimes Times { get; }

    /// <summary>Weight of the norm after the scan, <c>[d_in]</c>.</summary>
    public float* NormWeight => _pass.Weights.ScanNorm + ((nint)_head * _pass.Sizes.InnerWidth);

    /// <summary><c>RMSNorm(y ∘ SiLU(z))</c> from a token on, <c>[L − from, d_in]</c>.</summary>
    public void GatedNorm(int from, float* y, float* gated, Arena arena)
    {
        (int inner, int rows) = (_pass.Sizes.InnerWidth, Length - from);
        RmsNorm<TSimd, TVector>.Forward(
            new(rows, inner, new(y + ((nint)from * inner), inner), new(Projected + ((nint)from * Stride), Stride), NormWeight), new(gated, inner), arena);
    }
}

/// <summary>
/// What the backward pass of one latent head hands from a block of time to the block before it: gradients of the scan's states
/// and log decays, and of the convolution's last inputs. Zeros at first; holds nothing where a sequence is one block.
/// </summary>
internal readonly unsafe struct LaterBlock
{
    private readonly int _past, _convolved;
    private readonly float* _adjoints;             // [H, N, P]
    private readonly double* _logDecayGradients;   // [H]
    private readonly float* _inputGradients;       // [k − 1, C]

    /// <param name="sizes">Sizes of the model.</param>
    /// <param name="arena">Holds the numbers; null where a sequence is one block.</param>
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

    /// <summary>What the scan of a block receives from the later block, and overwrites for the earlier one.</summary>
    /// <param name="before">The state before the block; empty for the first.</param>
    public ScanNeighbours Neighbours(HeadState before) => new(before.Scan, _adjoints, _logDecayGradients);

    /// <summary>Adds the later block's part to the gradients of this block's last inputs, and keeps this block's part for the inputs before it.</summary>
    /// <param name="end">The row after the last of the block's gradients.</param>
    /// <param name="start">First row of the gradients of the <paramref name="past"/> inputs before the block.</param>
    /// <param name="stride">Numbers from one row to the next.</param>
    /// <param name="past">k − 1, or 0 for the first block.</param>
    public void PassConvolved<TSimd, TVector>(float* end, float* start, nint stride, int past)
        where TSimd : struct, ISimd<TVector>
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

/// <summary>
/// How a long sequence is cut into blocks of time, so that the results of a latent head for one block stay in the second-level
/// cache of a core, however long the sequence is. Blocks of a sequence have about the same length. For given model sizes, the cuts
/// depend on the length of the sequence alone.
/// </summary>
internal readonly struct TimeBlocks
{
    private const int NumbersOfBlock = 196_608;   // 3/4 MB
    private const int Multiple = 32;              // also the smallest value of _mostTokens: more than a convolution has taps

    private readonly int _mostTokens;

    public TimeBlocks(ModelSizes sizes)
    {
        // Numbers that the backward pass holds for a token: projection and convolution with their gradients, and the vectors around them.
        int token = (2 * (sizes.ProjectedWidth + sizes.ConvolvedWidth)) + (3 * sizes.InnerWidth) + (2 * sizes.LatentWidth);
        _mostTokens = Math.Max(Multiple, NumbersOfBlock / token / Multiple * Multiple);
    }

    /// <summary>Blocks of a sequence.</summary>
    public int Count(int length) => (length + _mostTokens - 1) / _mostTokens;

    /// <summary>First token of a block; the length for the index after the last block.</summary>
    public int Start(int length, int block) => (int)((long)block * length / Count(length));

    /// <summary>
    /// The place where the state before the block that starts at <paramref name="row"/> is kept. Only blocks that follow another have one. They
    /// never share it: their first rows are at least half the longest block apart.
    /// </summary>
    public int Place(nint row) => (int)(row / (_mostTokens / 2));

    /// <summary>Number of places for a batch.</summary>
    public int Places(int tokens) => Place(tokens) + 1;
}
