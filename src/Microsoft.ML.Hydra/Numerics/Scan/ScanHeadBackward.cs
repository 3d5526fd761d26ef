using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>The gradients of one head of one sequence after another (equations at <see cref="ScanBackward"/>).</summary>
internal readonly unsafe ref struct ScanHeadBackward<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly ScanOperands _operands;
    private readonly ScanGradientPointers _gradients;
    private readonly int _sequence, _length, _width, _stateSize, _paddedWidth, _paddedStateSize;
    private readonly PaddedRows _b, _c;
    private readonly float* _dy;
    private readonly nint _dyStride;
    private readonly Arena _arena;
    private readonly float* _memory;       // of the segments
    private readonly float* _outputDots;   // [L]: dC_t · C_t of the head
    private readonly float* _state;        // [P, N]: S', later G'
    private readonly float* _adjoint;      // [N, P]: G'
    private readonly float* _v;            // [segment, P]: f_t dt_t x_t
    private readonly float* _g;            // [segment, P]: dy_t / f_t
    private readonly float* _dv;           // [segment, P]: dv_t / f_t
    private readonly float* _wide;         // [segment, N]: dC_t, later dB_t

    public ScanHeadBackward(
        ScanOperands operands, ScanGradientPointers gradients, int sequence, PaddedRows b, PaddedRows c,
        float* dy, nint dyStride, Arena arena)
    {
        (_operands, _gradients, _sequence, _b, _c, _dyStride, _arena) = (operands, gradients, sequence, b, c, dyStride, arena);
        _dy = dy + (operands.FirstRow(sequence) * dyStride);
        (_length, _width, _stateSize) = (operands.Length(sequence), operands.Shape.Width, operands.Shape.StateSize);
        (_paddedWidth, _paddedStateSize) =
            (OuterProductRecurrence<TSimd, TVector>.Padded(_width), OuterProductRecurrence<TSimd, TVector>.Padded(_stateSize));
        _memory = arena.Floats(ScanSegments.MemoryLength(_length));
        _outputDots = arena.Floats(_length);
        _state = arena.Floats(StateLength);
        _adjoint = arena.Floats(StateLength);
        _v = arena.Floats(ScanSegments.LongestSegment * _paddedWidth);
        _g = arena.Floats(ScanSegments.LongestSegment * _paddedWidth);
        _dv = arena.Floats(ScanSegments.LongestSegment * _paddedWidth);
        _wide = arena.Floats(ScanSegments.LongestSegment * _paddedStateSize);
    }

    private int StateLength => _paddedWidth * _paddedStateSize;

    /// <summary>Writes the head's gradients; those of B and C are added to the earlier heads'.</summary>
    public void Run(int head)
    {
        var segments = ScanSegments.Find<TSimd, TVector>(
            _operands.Steps(_sequence, head), _operands.StepStride, _operands.Rate(_sequence, head), _length, _memory);
        float* boundaries = _arena.Floats((long)(segments.Count - 1) * StateLength);
        Forwards(head, segments, boundaries);
        Backwards(head, segments, boundaries);
    }

    // dC_t = S'_t^T (dy_t / f_t), and S' at the end of every segment but the last
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Forwards(int head, ScanSegments segments, float* boundaries)
    {
        new Span<float>(_state, StateLength).Clear();
        for (int segment = 0; segment < segments.Count; segment++)
        {
            int start = segments.Start(segment), count = segments.Start(segment + 1) - start;
            if (segment > 0)
            {
                VectorRows<TSimd, TVector>.CopyScaled(boundaries + ((nint)(segment - 1) * StateLength), StateLength, _state, StateLength, 1);
                VectorRows<TSimd, TVector>.Scale(_state, StateLength, segments.Carry(segment));
            }

            FoldDecays(head, segments, start, count);
            OuterProductRecurrence<TSimd, TVector>.Run(
                _state, _paddedWidth, _paddedStateSize, count, _v, _paddedWidth, _g, _paddedWidth, _b.Row(start), _b.Stride, _wide, _paddedStateSize);
            for (int i = 0; i < count; i++)
            {
                float* target = _gradients.C(_sequence) + ((start + i) * _gradients.CStride);
                _outputDots[start + i] = VectorRows<TSimd, TVector>.AddAndDot(
                    target, _wide + (i * _paddedStateSize), _c.Row(start + i), _stateSize, head > 0);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Backwards(int head, ScanSegments segments, float* boundaries)
    {
        new Span<float>(_state, StateLength).Clear();
        new Span<float>(_adjoint, StateLength).Clear();
        double logDecayGradient = 0, rateGradient = 0, skipGradient = 0;
        for (int segment = segments.Count - 1; segment >= 0; segment--)
        {
            int start = segments.Start(segment), count = segments.Start(segment + 1) - start;
            if (segment + 1 < segments.Count)
            {
                VectorRows<TSimd, TVector>.Scale(_state, StateLength, segments.Carry(segment + 1));
                VectorRows<TSimd, TVector>.Scale(_adjoint, StateLength, segments.Carry(segment + 1));
            }

            FoldDecays(head, segments, start, count);
            RunAdjoints(start, count);
            double exact = segment == 0
                ? 0
                : segments.Carry(segment) * VectorRows<TSimd, TVector>.Dot(_state, boundaries + ((nint)(segment - 1) * StateLength), StateLength);
            for (int i = count - 1; i >= 0; i--)
            {
                int t = start + i;
                float* target = _gradients.B(_sequence) + (t * _gradients.BStride);
                float inputDot = VectorRows<TSimd, TVector>.AddAndDot(
                    target, _wide + (i * _paddedStateSize), _b.Row(t), _stateSize, head > 0);
                logDecayGradient = i == 0 ? exact : logDecayGradient + _outputDots[t] - inputDot;
                float dt = _operands.Steps(_sequence, head)[t * _operands.StepStride];
                rateGradient += dt * logDecayGradient;
                double stepGradient = _operands.Rate(_sequence, head) * logDecayGradient;
                stepGradient += WriteInputGradient(head, t, _dv + (i * _paddedWidth), segments.Growth[t], dt, ref skipGradient);
                _gradients.Steps(_sequence, head)[t * _gradients.StepStride] = (float)stepGradient;
            }
        }

        _gradients.SetParameters(_sequence, head, rateGradient, skipGradient);
    }

    // From the segment's last step to its first: dv_t / f_t = G'_t B_t and dB_t = G'_t^T f_t v_t
    private void RunAdjoints(int start, int count)
    {
        int last = count - 1;
        float* g = _g + (last * _paddedWidth), v = _v + (last * _paddedWidth);
        float* b = _b.Row(start + last), c = _c.Row(start + last);
        OuterProductRecurrence<TSimd, TVector>.Run(
            _adjoint, _paddedStateSize, _paddedWidth, count, c, -_c.Stride, b, -_b.Stride, g, -_paddedWidth,
            _dv + (last * _paddedWidth), -_paddedWidth);
        OuterProductRecurrence<TSimd, TVector>.Run(
            _state, _paddedWidth, _paddedStateSize, count, g, -_paddedWidth, v, -_paddedWidth, c, -_c.Stride,
            _wide + (last * _paddedStateSize), -_paddedStateSize);
    }

    private void FoldDecays(int head, ScanSegments segments, int start, int count)
    {
        float* dt = _operands.Steps(_sequence, head), x = _operands.X(_sequence, head), dy = _dy + (head * _width);
        for (int i = 0; i < count; i++)
        {
            int t = start + i;
            VectorRows<TSimd, TVector>.CopyScaled(
                _v + (i * _paddedWidth), _paddedWidth, x + (t * _operands.XStride), _width, dt[t * _operands.StepStride] * segments.Growth[t]);
            VectorRows<TSimd, TVector>.CopyScaled(
                _g + (i * _paddedWidth), _paddedWidth, dy + (t * _dyStride), _width, segments.Shrinkage[t]);
        }
    }

    // dx_t = dt_t dv_t + D dy_t; returns x_t · dv_t and adds x_t · dy_t to D's gradient
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float WriteInputGradient(int head, int t, float* dv, float growth, float dt, ref double skipGradient)
    {
        float* x = _operands.X(_sequence, head) + (t * _operands.XStride);
        float* dy = _dy + (t * _dyStride) + (head * _width);
        float* target = _gradients.X(_sequence, head) + (t * _gradients.XStride);
        TVector f = TSimd.Broadcast(growth), step = TSimd.Broadcast(dt), skip = TSimd.Broadcast(_operands.Skip(_sequence, head));
        TVector stepSum = TSimd.Zero, skipSum = TSimd.Zero;
        for (int p = 0; p < _width; p += TSimd.Lanes)
        {
            TVector input = VectorMath<TSimd, TVector>.Load(x + p, _width - p);
            TVector gradient = TSimd.Multiply(f, TSimd.Load(dv + p));
            stepSum = TSimd.MultiplyAdd(input, gradient, stepSum);
            gradient = TSimd.Multiply(step, gradient);
            if (_operands.HasSkip)
            {
                TVector output = VectorMath<TSimd, TVector>.Load(dy + p, _width - p);
                gradient = TSimd.MultiplyAdd(skip, output, gradient);
                skipSum = TSimd.MultiplyAdd(input, output, skipSum);
            }

            VectorMath<TSimd, TVector>.Store(target + p, gradient, _width - p);
        }

        if (_operands.HasSkip)
        {
            skipGradient += TSimd.Sum(skipSum);
        }

        return TSimd.Sum(stepSum);
    }
}
