using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>The cosine of the angle between one item's vector and each of the catalogue: <c>e · e_i / (|e| |e_i|)</c>, 0 where a vector is.</summary>
/// <param name="rows">Item vectors.</param>
/// <param name="width">d.</param>
/// <param name="vectors">The vectors, <c>[rows, d]</c>.</param>
/// <param name="row">The one item.</param>
/// <param name="cosines">Receives <c>[rows]</c>.</param>
internal readonly unsafe struct ItemCosines(int rows, int width, float* vectors, int row, float* cosines) : IWork
{
    private const float LeastSquare = 1e-24f;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        float* query = vectors + ((nint)row * width), vector = vectors;
        float* lengths = arena.Floats(rows);
        for (nint i = 0; i < rows; i++, vector += width)
        {
            TVector product = TSimd.Zero, square = TSimd.Zero;
            for (int j = 0; j < width; j += TSimd.Lanes)
            {
                TVector value = VectorMath<TSimd, TVector>.Load(vector + j, width - j);
                product = TSimd.MultiplyAdd(VectorMath<TSimd, TVector>.Load(query + j, width - j), value, product);
                square = TSimd.MultiplyAdd(value, value, square);
            }

            cosines[i] = TSimd.Sum(product);
            lengths[i] = MathF.Sqrt(MathF.Max(TSimd.Sum(square), LeastSquare));
        }

        for (nint i = 0; i < rows; i++)
        {
            cosines[i] /= lengths[i] * lengths[row];
        }
    }
}
