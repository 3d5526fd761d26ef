namespace Microsoft.ML.Hydra.Numerics;

/// <summary>What a normalisation reads.</summary>
/// <param name="rows">Rows.</param>
/// <param name="width">Width of a row.</param>
/// <param name="x">x.</param>
/// <param name="gate">z; the default for none.</param>
/// <param name="weight">w, <c>[width]</c>.</param>
internal readonly unsafe struct NormOperands(int rows, int width, RowPointer x, RowPointer gate, float* weight)
{
    /// <summary>What Hydra adds to the mean square.</summary>
    public const float HydraEpsilon = 1e-5f;

    public int Rows { get; } = rows;

    public int Width { get; } = width;

    public RowPointer X { get; } = x;

    public RowPointer Gate { get; } = gate;

    public float* Weight { get; } = weight;

    /// <summary>Added to the mean square.</summary>
    public float Epsilon { get; init; } = HydraEpsilon;

    /// <summary>A row of the gate; null where there is none.</summary>
    public float* GateOf(nint row) => Gate.Start == null ? null : Gate[row];
}

/// <summary>Gradients of a normalisation.</summary>
/// <param name="y">Gradients of y; read only.</param>
/// <param name="x">Receives the gradients of x; may be <paramref name="y"/>.</param>
/// <param name="gate">Receives the gradients of z; the default for none.</param>
internal readonly struct NormGradients(RowPointer y, RowPointer x, RowPointer gate)
{
    public RowPointer Y { get; } = y;

    public RowPointer X { get; } = x;

    public RowPointer Gate { get; } = gate;
}

/// <summary>
/// Root mean square normalisation, with or without a gate before it. With <c>r = 1 / sqrt(mean(u²) + ε)</c>, ε = 1e-5 in Hydra itself:
/// <code>
/// u = x ∘ SiLU(z), or x        y = u r ∘ w
/// du = r (w ∘ dy − u r² mean(u ∘ w ∘ dy))      dw = Σ_rows dy ∘ u r      dx = du ∘ SiLU(z)      dz = du ∘ x ∘ SiLU'(z)
/// </code>
/// </summary>
internal static unsafe class RmsNorm<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
{
    /// <summary>Computes y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(in NormOperands operands, RowPointer y, Arena arena)
    {
        int width = operands.Width;
        float* w = operands.Weight, u = arena.Floats(width + TSimd.Lanes);
        for (nint row = 0; row < operands.Rows; row++)
        {
            float* target = y[row];
            TVector r = TSimd.Broadcast(Gate(operands, row, u));
            for (int i = 0; i < width; i += TSimd.Lanes)
            {
                TVector value = TSimd.Multiply(TSimd.Multiply(TSimd.Load(u + i), r), VectorMath<TSimd, TVector>.Load(w + i, width - i));
                VectorMath<TSimd, TVector>.Store(target + i, value, width - i);
            }
        }
    }

    /// <summary>Overwrites the gradients of x, of z where there is a gate, and of w.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(in NormOperands operands, in NormGradients gradients, float* weightGradient, Arena arena)
    {
        int width = operands.Width;
        float* u = arena.Floats(width + TSimd.Lanes);
        new Span<float>(weightGradient, width).Clear();
        for (nint row = 0; row < operands.Rows; row++)
        {
            float r = Gate(operands, row, u);
            float dot = WeightGradient(gradients.Y[row], operands.Weight, u, r, weightGradient, width);
            InputGradient(operands, gradients, row, u, r, r * r * dot / width);
        }
    }

    // Writes u, filled up with zeros to whole vectors, and returns r
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Gate(in NormOperands operands, nint row, float* u)
    {
        int width = operands.Width;
        float* x = operands.X[row], gate = operands.GateOf(row);
        TVector squares = TSimd.Zero;
        for (int i = 0; i < width; i += TSimd.Lanes)
        {
            TVector value = VectorMath<TSimd, TVector>.Load(x + i, width - i);
            if (gate != null)
            {
                TVector z = VectorMath<TSimd, TVector>.Load(gate + i, width - i);
                value = TSimd.Multiply(value, TSimd.Multiply(z, VectorMath<TSimd, TVector>.Sigmoid(z)));
            }

            TSimd.Store(u + i, value);
            squares = TSimd.MultiplyAdd(value, value, squares);
        }

        return 1 / MathF.Sqrt((TSimd.Sum(squares) / width) + operands.Epsilon);
    }

    // Adds dy ∘ u r to the sums and returns u · (w ∘ dy)
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float WeightGradient(float* dy, float* w, float* u, float scale, float* sums, int width)
    {
        TVector dot = TSimd.Zero, r = TSimd.Broadcast(scale);
        for (int i = 0; i < width; i += TSimd.Lanes)
        {
            TVector product = TSimd.Multiply(VectorMath<TSimd, TVector>.Load(dy + i, width - i), TSimd.Load(u + i));
            dot = TSimd.MultiplyAdd(product, VectorMath<TSimd, TVector>.Load(w + i, width - i), dot);
            TVector sum = TSimd.MultiplyAdd(product, r, VectorMath<TSimd, TVector>.Load(sums + i, width - i));
            VectorMath<TSimd, TVector>.Store(sums + i, sum, width - i);
        }

        return TSimd.Sum(dot);
    }

    // dx and dz of a row; mean is r² mean(u ∘ w ∘ dy)
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void InputGradient(in NormOperands operands, in NormGradients gradients, nint row, float* u, float scale, float mean)
    {
        int width = operands.Width;
        float* x = operands.X[row], z = operands.GateOf(row), w = operands.Weight;
        float* dy = gradients.Y[row], dx = gradients.X[row], dz = gradients.Gate[row];
        TVector r = TSimd.Broadcast(scale), m = TSimd.Broadcast(mean);
        for (int i = 0; i < width; i += TSimd.Lanes)
        {
            int rest = width - i;
            TVector du = TSimd.Multiply(VectorMath<TSimd, TVector>.Load(dy + i, rest), VectorMath<TSimd, TVector>.Load(w + i, rest));
            du = TSimd.Multiply(r, TSimd.Subtract(du, TSimd.Multiply(TSimd.Load(u + i), m)));
            if (z != null)
            {
                TVector g = VectorMath<TSimd, TVector>.Load(z + i, rest), s = VectorMath<TSimd, TVector>.Sigmoid(g);
                TVector dg = TSimd.Multiply(du, VectorMath<TSimd, TVector>.Load(x + i, rest));
                VectorMath<TSimd, TVector>.Store(dz + i, TSimd.Multiply(dg, VectorMath<TSimd, TVector>.SiluDerivative(g, s)), rest);
                du = TSimd.Multiply(du, TSimd.Multiply(g, s));
            }

            VectorMath<TSimd, TVector>.Store(dx + i, du, rest);
        }
    }
}
