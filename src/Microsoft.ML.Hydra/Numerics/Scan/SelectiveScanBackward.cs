namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Gradients of a selective scan, laid out as in <see cref="ScanOperands"/>. Those of y are read; all others are written.</summary>
internal readonly unsafe struct ScanGradients
{
    /// <summary>Gradients of y.</summary>
    public required RowPointer Y { get; init; }

    public required RowPointer X { get; init; }

    public required RowPointer Steps { get; init; }

    public required RowPointer B { get; init; }

    public required RowPointer C { get; init; }

    public required double* Rates { get; init; }

    public required double* Skips { get; init; }
}

/// <summary>
/// What the backward pass over a block of a sequence receives from the blocks before and after it, for each head. The default
/// stands for a whole sequence.
/// </summary>
/// <param name="states">States before the first step, <c>[H, N, P]</c>; null for zeros.</param>
/// <param name="adjoints">
/// Gradients of the states after the last step, <c>[H, N, P]</c>, which become those of the states before the first; null for zeros.
/// </param>
/// <param name="logDecayGradients">Gradients of log decay at the step after the last, <c>[H]</c>, which become those at the first.</param>
internal readonly unsafe struct ScanNeighbours(float* states, float* adjoints, double* logDecayGradients)
{
    public float* States { get; } = states;

    public float* Adjoints { get; } = adjoints;

    public double* LogDecayGradients { get; } = logDecayGradients;
}

/// <summary>
/// Computes the gradients of <see cref="SelectiveScan{TSimd, TVector}"/> from the gradients of its outputs, one head at a time. It needs
/// nothing from the forward pass. With the adjoint <c>G_t = dy_t ⊗ C_t + decay_{t+1} G_{t+1}</c> and <c>v_t = dt_t x_t</c>:
/// <code>
/// dC_t = S_t^T dy_t        dB_t = G_t^T v_t        dv_t = G_t B_t        dδ_t = &lt;G_t, decay_t S_{t−1}&gt;,  δ_t = dt_t A
/// dx_t = dt_t dv_t + D dy_t        ddt_t = A dδ_t + dv_t·x_t        dA = Σ_t dt_t dδ_t        dD = Σ_t x_t·dy_t
/// </code>
/// In a segment (see <see cref="ScanSegments"/>) S' sums <c>(f v) ⊗ B</c> forwards and G' sums <c>(dy / f) ⊗ C</c> backwards in
/// time, so that dC, dB and dv are <see cref="OuterProductRecurrence{TSimd, TVector}"/>. dδ is that product at a segment's first
/// step, and <c>dδ_t = dδ_{t+1} + dC_t·C_t − dB_t·B_t</c> in float64 elsewhere. States are kept at segment starts only, which is
/// 1/64 of them unless decays are stiff. The relative error is about 1e-6, and 1e-5 for dA, whose terms cancel.
/// </summary>
internal readonly unsafe ref struct SelectiveScanBackward<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
{
    private readonly int _head, _length, _width, _stateSize, _paddedWidth, _paddedStateSize;
    private readonly float _rate, _skip;
    private readonly RowPointer _x, _dt, _b, _c;
    private readonly RowPointer _dy, _dx, _ddt, _db, _dc;
    private readonly float* _outputDots;       // [L]: dC_t · C_t of the head
    private readonly float* _inputDots;        // [segment]: dB_t · B_t of the head
    private readonly float* _stepDots;         // [segment]: dv_t · x_t
    private readonly float* _state;            // [P, N]: S', later G'
    private readonly float* _adjoint;          // [N, P]: G'
    private readonly RowPointer _v;            // [segment, P]: f_t dt_t x_t
    private readonly RowPointer _g;            // [segment, P]: dy_t / f_t
    private readonly RowPointer _dv;           // [segment, P]: dv_t / f_t
    private readonly RowPointer _wide;         // [segment, N]: dC_t, later dB_t
    private readonly float* _boundaries;       // [segments, P, N]: S' before each segment, at the end of the one before it
    private readonly ScanSegments _segments;
    private readonly float* _start;            // [N, P]: S before the first step; null for zeros
    private readonly float* _adjoints;         // [N, P]: see ScanNeighbours
    private readonly double* _logDecayGradient;

    // b and c are the operands' in padded rows.
    private SelectiveScanBackward(
        in ScanOperands operands, in ScanGradients gradients, in ScanNeighbours neighbours, int head, (RowPointer B, RowPointer C) padded, Arena arena)
    {
        (_head, _length, _width, _stateSize) = (head, operands.Length, operands.Width, operands.StateSize);
        (_rate, _skip) = (operands.Rates[head], operands.Skips[head]);
        (_b, _c) = padded;
        _x = operands.X.From(0, head * _width);
        _dt = operands.Steps.From(0, head);
        _dy = gradients.Y.From(0, head * _width);
        _dx = gradients.X.From(0, head * _width);
        _ddt = gradients.Steps.From(0, head);
        (_db, _dc) = (gradients.B, gradients.C);
        (_paddedWidth, _paddedStateSize) =
            (OuterProductRecurrence<TSimd, TVector>.Padded(_width), OuterProductRecurrence<TSimd, TVector>.Padded(_stateSize));
        _outputDots = arena.Floats(_length);
        _inputDots = arena.Floats(ScanSegments.LongestSegment);
        _stepDots = arena.Floats(ScanSegments.LongestSegment);
        _state = arena.Floats(StateLength);
        _adjoint = arena.Floats(StateLength);
        _v = new(arena.Floats(ScanSegments.LongestSegment * _paddedWidth), _paddedWidth);
        _g = new(arena.Floats(ScanSegments.LongestSegment * _paddedWidth), _paddedWidth);
        _dv = new(arena.Floats(ScanSegments.LongestSegment * _paddedWidth), _paddedWidth);
        _wide = new(arena.Floats(ScanSegments.LongestSegment * _paddedStateSize), _paddedStateSize);
        _segments = ScanSegments.Find<TSimd, TVector>(_dt, _rate, _length, arena.Floats(ScanSegments.MemoryLength(_length)));
        _boundaries = arena.Floats((long)_segments.Count * StateLength);
        nint offset = (nint)head * _width * _stateSize;
        _start = neighbours.States == null ? null : neighbours.States + offset;
        _adjoints = neighbours.Adjoints == null ? null : neighbours.Adjoints + offset;
        _logDecayGradient = neighbours.LogDecayGradients == null ? null : neighbours.LogDecayGradients + head;
    }

    private int StateLength => _paddedWidth * _paddedStateSize;

    /// <summary>Overwrites all gradients. With neighbours, the operands are one block of a longer sequence.</summary>
    public static void Run(in ScanOperands operands, in ScanGradients gradients, in ScanNeighbours neighbours, Arena arena)
    {
        RowPointer b = OuterProductRecurrence<TSimd, TVector>.Pad(operands.B, operands.Length, operands.StateSize, arena);
        RowPointer c = OuterProductRecurrence<TSimd, TVector>.Pad(operands.C, operands.Length, operands.StateSize, arena);
        for (int head = 0; head < operands.Heads; head++)
        {
            var pass = new SelectiveScanBackward<TSimd, TVector>(operands, gradients, neighbours, head, (b, c), arena);
            pass.Forwards();
            (gradients.Rates[head], gradients.Skips[head]) = pass.Backwards();
        }
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
            OuterProductRecurrence<TSimd, TVector>.Run(_state, _paddedWidth, _paddedStateSize, new(count, _v, _g, _b.From(start), _wide));
            for (int i = 0; i < count; i++)
            {
                nint t = start + i;
                _outputDots[t] = VectorRows<TSimd, TVector>.AddAndDot(_dc[t], _wide[i], _c[t], _stateSize, adds: _head > 0);
            }
        }
    }

    // The other gradients of the head; those of B are added to the earlier heads' gradients. Returns the gradients of A and D
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
                _inputDots[i] = VectorRows<TSimd, TVector>.AddAndDot(_db[t], _wide[i], _b[t], _stateSize, adds: _head > 0);
                _stepDots[i] = WriteInputGradient(t, _dv[i], ref skipGradient);
            }

            for (int i = count - 1; i >= 0; i--)
            {
                nint t = start + i;
                logDecayGradient = i == 0 ? exact : logDecayGradient + _outputDots[t] - _inputDots[i];
                rateGradient += *_dt[t] * logDecayGradient;
                *_ddt[t] = (float)((_rate * logDecayGradient) + _stepDots[i]);
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

    // G' before the last step: the adjoints that the later block left, over f
    private void TakeAdjoints()
    {
        new RowPointer(_adjoints, _width).CopyTo(new(_adjoint, _paddedWidth), _stateSize, _width);
        Transpose(_adjoints, _state);
        VectorRows<TSimd, TVector>.Scale(_adjoint, StateLength, _segments.Shrinkage[_length - 1]);
        VectorRows<TSimd, TVector>.Scale(_state, StateLength, _segments.Shrinkage[_length - 1]);
    }

    private void LeaveAdjoints()
    {
        VectorRows<TSimd, TVector>.Scale(_adjoint, StateLength, _segments.Carry(0));
        new RowPointer(_adjoint, _paddedWidth).CopyTo(new(_adjoints, _width), _stateSize, _width);
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
        RowPointer b = _b.BackFrom(start + last), c = _c.BackFrom(start + last), g = _g.BackFrom(last), v = _v.BackFrom(last);
        OuterProductRecurrence<TSimd, TVector>.Run(_adjoint, _paddedStateSize, _paddedWidth, new(count, c, b, g, _dv.BackFrom(last)));
        OuterProductRecurrence<TSimd, TVector>.Run(_state, _paddedWidth, _paddedStateSize, new(count, g, v, c, _wide.BackFrom(last)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FoldDecays(int start, int count)
    {
        for (int i = 0; i < count; i++)
        {
            nint t = start + i;
            VectorRows<TSimd, TVector>.CopyScaled(_v[i], _paddedWidth, _x[t], _width, *_dt[t] * _segments.Growth[t]);
            VectorRows<TSimd, TVector>.CopyScaled(_g[i], _paddedWidth, _dy[t], _width, _segments.Shrinkage[t]);
        }
    }

    // dx_t = dt_t dv_t + D dy_t; returns x_t · dv_t and adds x_t · dy_t to D's gradient
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float WriteInputGradient(nint t, float* dv, ref double skipGradient)
    {
        float* x = _x[t], dy = _dy[t], dx = _dx[t];
        int width = _width;
        TVector f = TSimd.Broadcast(_segments.Growth[t]), step = TSimd.Broadcast(*_dt[t]), skip = TSimd.Broadcast(_skip);
        TVector stepSum = TSimd.Zero, skipSum = TSimd.Zero;
        for (int p = 0; p < width; p += TSimd.Lanes)
        {
            TVector input = VectorMath<TSimd, TVector>.Load(x + p, width - p), output = VectorMath<TSimd, TVector>.Load(dy + p, width - p);
            TVector gradient = TSimd.Multiply(f, TSimd.Load(dv + p));
            stepSum = TSimd.MultiplyAdd(input, gradient, stepSum);
            gradient = TSimd.MultiplyAdd(skip, output, TSimd.Multiply(step, gradient));
            skipSum = TSimd.MultiplyAdd(input, output, skipSum);
            VectorMath<TSimd, TVector>.Store(dx + p, gradient, width - p);
        }

        skipGradient += TSimd.Sum(skipSum);
        return TSimd.Sum(stepSum);
    }
}
