using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>The gradients of one head of one sequence (equations at <see cref="ScanBackward"/>).</summary>
internal readonly unsafe ref struct ScanHeadBackward<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly int _length, _width, _stateSize, _paddedWidth, _paddedStateSize;
    private readonly float _rate, _skip;
    private readonly bool _hasSkip, _adds;
    private readonly PaddedRows _b, _c;
    private readonly float* _x, _dt, _dy, _dx, _ddt, _db, _dc;
    private readonly nint _xStride, _dtStride, _dyStride, _dxStride, _ddtStride, _dbStride, _dcStride;
    private readonly float* _outputDots;   // [L]: dC_t · C_t of the head
    private readonly float* _inputDots;    // [segment]: dB_t · B_t of the head
    private readonly float* _stepDots;     // [segment]: dv_t · x_t
    private readonly float* _state;        // [P, N]: S', later G'
    private readonly float* _adjoint;      // [N, P]: G'
    private readonly float* _v;            // [segment, P]: f_t dt_t x_t
    private readonly float* _g;            // [segment, P]: dy_t / f_t
    private readonly float* _dv;           // [segment, P]: dv_t / f_t
    private readonly float* _wide;         // [segment, N]: dC_t, later dB_t
    private readonly float* _boundaries;   // [segments, P, N]: S' before each segment, at the end of the one before it
    private readonly ScanSegments _segments;
    private readonly float* _start;        // [N, P]: S before the first step; null for zeros
    private readonly float* _adjoints;     // [N, P]: see ScanNeighbours
    private readonly double* _logDecayGradient;

    public ScanHeadBackward(
        in ScanOperands operands, in ScanGradientPointers gradients, int sequence, int head, PaddedRows b, PaddedRows c,
        float* dy, nint dyStride, ScanNeighbours neighbours, Arena arena)
    {
        (_length, _width, _stateSize) = (operands.Length(sequence), operands.Shape.Width, operands.Shape.StateSize);
        (_rate, _skip, _hasSkip, _adds) = (operands.Rate(sequence, head), operands.Skip(sequence, head), operands.HasSkip, head > 0);
        (_b, _c) = (b, c);
        (_xStride, _dtStride, _dyStride) = (operands.XStride, operands.StepStride, dyStride);
        (_dxStride, _ddtStride, _dbStride, _dcStride) = (gradients.XStride, gradients.StepStride, gradients.BStride, gradients.CStride);
        _x = operands.X(sequence, head);
        _dt = operands.Steps(sequence, head);
        _dy = dy + (operands.FirstRow(sequence) * dyStride) + (head * _width);
        _dx = gradients.X(sequence, head);
        _ddt = gradients.Steps(sequence, head);
        _db = gradients.B(sequence);
        _dc = gradients.C(sequence);
        (_paddedWidth, _paddedStateSize) =
            (OuterProductRecurrence<TSimd, TVector>.Padded(_width), OuterProductRecurrence<TSimd, TVector>.Padded(_stateSize));
        _outputDots = arena.Floats(_length);
        _inputDots = arena.Floats(ScanSegments.LongestSegment);
        _stepDots = arena.Floats(ScanSegments.LongestSegment);
        _state = arena.Floats(StateLength);
        _adjoint = arena.Floats(StateLength);
        _v = arena.Floats(ScanSegments.LongestSegment * _paddedWidth);
        _g = arena.Floats(ScanSegments.LongestSegment * _paddedWidth);
        _dv = arena.Floats(ScanSegments.LongestSegment * _paddedWidth);
        _wide = arena.Floats(ScanSegments.LongestSegment * _paddedStateSize);
        _segments = ScanSegments.Find<TSimd, TVector>(_dt, _dtStride, _rate, _length, arena.Floats(ScanSegments.MemoryLength(_length)));
        _boundaries = arena.Floats((long)_segments.Count * StateLength);
        nint offset = (nint)head * _width * _stateSize;
        _start = neighbours.States == null ? null : neighbours.States + offset;
        _adjoints = neighbours.Adjoints == null ? null : neighbours.Adjoints + offset;
        _logDecayGradient = neighbours.LogDecayGradients == null ? null : neighbours.LogDecayGradients + head;
    }

    private int StateLength => _paddedWidth * _paddedStateSize;

    /// <summary>Writes the head's gradients, adding those of B and C to the earlier heads'.</summary>
    /// <returns>Those of A and D.</returns>
    public (double Rate, double Skip) Run()
    {
        Forwards();
        return Backwards();
    }

    // dC_t = S'_t^T (dy_t / f_t), and S' before every segment
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Forwards()
    {
        new Span<float>(_state, StateLength).Clear();
        if (_start != null)
        {
            Transpose(_start, _state);
        }

        for (int segment = 0; segment < _segments.Count; segment++)
        {
            int start = _segments.Start(segment), count = _segments.Start(segment + 1) - start;
            if (HasPast(segment))
            {
                VectorRows<TSimd, TVector>.CopyScaled(Boundary(segment), StateLength, _state, StateLength, 1);
                VectorRows<TSimd, TVector>.Scale(_state, StateLength, _segments.Carry(segment));
            }

            FoldDecays(start, count);
            OuterProductRecurrence<TSimd, TVector>.Run(
                _state, _paddedWidth, _paddedStateSize, count, _v, _paddedWidth, _g, _paddedWidth, _b.Row(start), _b.Stride, _wide, _paddedStateSize);
            for (int i = 0; i < count; i++)
            {
                nint t = start + i;
                _outputDots[t] = VectorRows<TSimd, TVector>.AddAndDot(
                    _dc + (t * _dcStride), _wide + (i * _paddedStateSize), _c.Start + (t * _c.Stride), _stateSize, _adds);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private (double Rate, double Skip) Backwards()
    {
        new Span<float>(_state, StateLength).Clear();
        new Span<float>(_adjoint, StateLength).Clear();
        double logDecayGradient = 0, rateGradient = 0, skipGradient = 0;
        if (_adjoints != null)
        {
            TakeAdjoints();
            logDecayGradient = *_logDecayGradient;
        }

        for (int segment = _segments.Count - 1; segment >= 0; segment--)
        {
            int start = _segments.Start(segment), count = _segments.Start(segment + 1) - start;
            if (segment + 1 < _segments.Count)
            {
                VectorRows<TSimd, TVector>.Scale(_state, StateLength, _segments.Carry(segment + 1));
                VectorRows<TSimd, TVector>.Scale(_adjoint, StateLength, _segments.Carry(segment + 1));
            }

            FoldDecays(start, count);
            RunAdjoints(start, count);
            double exact = HasPast(segment)
                ? _segments.Carry(segment) * VectorRows<TSimd, TVector>.Dot(_state, Boundary(segment), StateLength)
                : 0;
            for (int i = 0; i < count; i++)
            {
                nint t = start + i;
                _inputDots[i] = VectorRows<TSimd, TVector>.AddAndDot(
                    _db + (t * _dbStride), _wide + (i * _paddedStateSize), _b.Start + (t * _b.Stride), _stateSize, _adds);
                _stepDots[i] = WriteInputGradient(t, _dv + (i * _paddedWidth), _segments.Growth[t], _dt[t * _dtStride], ref skipGradient);
            }

            for (int i = count - 1; i >= 0; i--)
            {
                nint t = start + i;
                logDecayGradient = i == 0 ? exact : logDecayGradient + _outputDots[t] - _inputDots[i];
                rateGradient += _dt[t * _dtStride] * logDecayGradient;
                _ddt[t * _ddtStride] = (float)((_rate * logDecayGradient) + _stepDots[i]);
            }
        }

        if (_adjoints != null)
        {
            LeaveAdjoints();
            *_logDecayGradient = logDecayGradient;
        }

        return (rateGradient, skipGradient);
    }

    private float* Boundary(int segment) => _boundaries + ((nint)segment * StateLength);

    private bool HasPast(int segment) => segment > 0 || _start != null;

    // G' before the last step: what the steps after it give, over f
    private void TakeAdjoints()
    {
        for (nint n = 0; n < _stateSize; n++)
        {
            new ReadOnlySpan<float>(_adjoints + (n * _width), _width).CopyTo(new(_adjoint + (n * _paddedWidth), _width));
        }

        Transpose(_adjoints, _state);
        VectorRows<TSimd, TVector>.Scale(_adjoint, StateLength, _segments.Shrinkage[_length - 1]);
        VectorRows<TSimd, TVector>.Scale(_state, StateLength, _segments.Shrinkage[_length - 1]);
    }

    private void LeaveAdjoints()
    {
        VectorRows<TSimd, TVector>.Scale(_adjoint, StateLength, _segments.Carry(0));
        for (nint n = 0; n < _stateSize; n++)
        {
            new ReadOnlySpan<float>(_adjoint + (n * _paddedWidth), _width).CopyTo(new(_adjoints + (n * _width), _width));
        }
    }

    // [N, P] to the padded [P, N]
    private void Transpose(float* from, float* to)
    {
        for (nint n = 0; n < _stateSize; n++)
        {
            for (nint p = 0; p < _width; p++)
            {
                to[(p * _paddedStateSize) + n] = from[(n * _width) + p];
            }
        }
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FoldDecays(int start, int count)
    {
        for (int i = 0; i < count; i++)
        {
            nint t = start + i;
            VectorRows<TSimd, TVector>.CopyScaled(
                _v + (i * _paddedWidth), _paddedWidth, _x + (t * _xStride), _width, _dt[t * _dtStride] * _segments.Growth[t]);
            VectorRows<TSimd, TVector>.CopyScaled(
                _g + (i * _paddedWidth), _paddedWidth, _dy + (t * _dyStride), _width, _segments.Shrinkage[t]);
        }
    }

    // dx_t = dt_t dv_t + D dy_t; returns x_t · dv_t and adds x_t · dy_t to D's gradient
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float WriteInputGradient(nint t, float* dv, float growth, float dt, ref double skipGradient)
    {
        float* x = _x + (t * _xStride), dy = _dy + (t * _dyStride), dx = _dx + (t * _dxStride);
        int width = _width;
        TVector f = TSimd.Broadcast(growth), step = TSimd.Broadcast(dt), skip = TSimd.Broadcast(_skip);
        TVector stepSum = TSimd.Zero, skipSum = TSimd.Zero;
        for (int p = 0; p < width; p += TSimd.Lanes)
        {
            TVector input = VectorMath<TSimd, TVector>.Load(x + p, width - p);
            TVector gradient = TSimd.Multiply(f, TSimd.Load(dv + p));
            stepSum = TSimd.MultiplyAdd(input, gradient, stepSum);
            gradient = TSimd.Multiply(step, gradient);
            if (_hasSkip)
            {
                TVector output = VectorMath<TSimd, TVector>.Load(dy + p, width - p);
                gradient = TSimd.MultiplyAdd(skip, output, gradient);
                skipSum = TSimd.MultiplyAdd(input, output, skipSum);
            }

            VectorMath<TSimd, TVector>.Store(dx + p, gradient, width - p);
        }

        if (_hasSkip)
        {
            skipGradient += TSimd.Sum(skipSum);
        }

        return TSimd.Sum(stepSum);
    }
}
