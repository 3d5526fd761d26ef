namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// The item gate (arXiv 2504.07398): <c>G = Y ∘ RoPE(SiLU(Z)) / √v</c>, or <c>G = Y / √v</c> without it. A row has v heads of
/// d_c numbers; its rotation turns pair i of each head by the angle whose cosine and sine are given.
/// </summary>
internal readonly unsafe struct MixerGate<TSimd, TVector>(ModelSizes sizes)
    where TSimd : struct, ISimd<TVector>
{
    private readonly int _width = sizes.LatentHeadsWidth;
    private readonly float _scale = (float)(1 / Math.Sqrt(sizes.LatentHeads));

    /// <summary>Computes G.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="heads">Y.</param>
    /// <param name="gate">Z; null for none.</param>
    /// <param name="rotations">Cosines and sines of the first row, <c>d_c</c> numbers a row; null for none.</param>
    /// <param name="gated">Receives G.</param>
    public void Forward(int rows, float* heads, float* gate, float* rotations, float* gated)
    {
        nint count = (nint)rows * _width;
        if (gate == null)
        {
            Scale(count, heads, gated);
            return;
        }

        Activate(rows, gate, rotations, gated);
        Multiply(count, heads, gated, gated);
    }

    /// <summary>Computes the gradients of Y and Z from the gradient of G, and overwrites all three.</summary>
    public void Backward(int rows, float* heads, float* gate, float* rotations, float* gatedGradient, float* headsGradient, float* gateGradient, Arena arena)
    {
        nint count = (nint)rows * _width;
        if (gate == null)
        {
            Scale(count, gatedGradient, headsGradient);
            return;
        }

        float* activated = arena.Floats(count);
        Activate(rows, gate, rotations, activated);
        Multiply(count, gatedGradient, activated, headsGradient);
        Multiply(count, gatedGradient, heads, gatedGradient);
        Rotate(rows, gatedGradient, rotations, -1);
        TileRows<TSimd, TVector>.SiluBackward(rows, _width, gate, gateGradient, _width, gatedGradient);
    }

    private void Activate(int rows, float* gate, float* rotations, float* activated)
    {
        TileRows<TSimd, TVector>.Silu(rows, _width, gate, _width, activated);
        Rotate(rows, activated, rotations, 1);
    }

    // product = a ∘ b / √v
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(nint count, float* a, float* b, float* product)
    {
        TVector scale = TSimd.Broadcast(_scale);
        nint i = 0;
        for (; i + TSimd.Lanes <= count; i += TSimd.Lanes)
        {
            TSimd.Store(product + i, TSimd.Multiply(TSimd.Multiply(TSimd.Load(a + i), TSimd.Load(b + i)), scale));
        }

        for (; i < count; i++)
        {
            product[i] = a[i] * b[i] * _scale;
        }
    }

    private void Scale(nint count, float* x, float* y) =>
        VectorRows<TSimd, TVector>.CopyScaled(y, (int)count, x, (int)count, _scale);

    // Turns forwards, or backwards with a sign of −1
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Rotate(int rows, float* x, float* rotations, float sign)
    {
        if (rotations == null)
        {
            return;
        }

        int pairs = sizes.LatentWidth / 2;
        for (nint row = 0; row < rows; row++, rotations += 2 * pairs)
        {
            for (int head = 0; head < sizes.LatentHeads; head++, x += 2 * pairs)
            {
                for (int i = 0; i < pairs; i++)
                {
                    float cos = rotations[i], sin = sign * rotations[pairs + i], even = x[2 * i], odd = x[(2 * i) + 1];
                    x[2 * i] = (even * cos) - (odd * sin);
                    x[(2 * i) + 1] = (even * sin) + (odd * cos);
                }
            }
        }
    }
}

/// <summary>Cosines and sines of <c>position · base^(−2i / d_c)</c> (arXiv 2104.09864); a task is one tile of rows.</summary>
internal readonly unsafe struct GateRotations(ModelSizes sizes, int* positions, int tokens, float* rotations) : IWork
{
    private const double RotaryBase = 10000;

    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
    {
        int pairs = sizes.LatentWidth / 2, end = Math.Min(tokens, (task + 1) * TokenLayout.RowsPerTile);
        for (int row = task * TokenLayout.RowsPerTile; row < end; row++)
        {
            float* target = rotations + ((nint)row * 2 * pairs);
            for (int i = 0; i < pairs; i++)
            {
                double angle = positions[row] * Math.Exp(-2.0 * i / sizes.LatentWidth * Math.Log(RotaryBase));
                (target[i], target[pairs + i]) = ((float)Math.Cos(angle), (float)Math.Sin(angle));
            }
        }
    }
}
