namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Cosines and sines of <c>position · base^(−2i / d_c)</c> (arXiv 2104.09864), one tile of rows a task.</summary>
internal readonly unsafe struct GateRotations(ModelSizes sizes, int* positions, int tokens, float* rotations) : IWork
{
    private const double RotaryBase = 10000;

    public void Run<TSimd, TVector>(int task, Arena arena)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
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
