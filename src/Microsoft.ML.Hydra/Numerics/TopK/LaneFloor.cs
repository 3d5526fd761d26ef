using System.Numerics;
using System.Runtime.CompilerServices;

namespace Microsoft.ML.Hydra.Numerics;

/// <summary>
/// A score that at least k rows reach, from lower bounds and without a branch that depends on them: the best of each of the 64
/// places in a panel, and the k-th best of these.
/// </summary>
internal static unsafe class LaneFloor<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const int PanelRows = CatalogTable.PanelRows;

    /// <summary>Raises the best lower bounds, one for each place, by the rows of a panel.</summary>
    /// <param name="best">64 lower bounds.</param>
    /// <param name="rows">A bit for each row to look at.</param>
    /// <param name="uppers">Upper bounds of the panel; +∞ has no lower bound.</param>
    /// <param name="scales">s of each row.</param>
    /// <param name="width">From lower to upper bound, as a multiple of s.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Raise(float* best, ulong rows, float* uppers, float* scales, float width)
    {
        TVector down = TSimd.Broadcast(-width), infinity = TSimd.Broadcast(float.PositiveInfinity);
        for (int lane = 0; lane < PanelRows; lane += TSimd.Lanes)
        {
            TVector upper = TSimd.Load(uppers + lane), old = TSimd.Load(best + lane);
            TVector lower = TSimd.MultiplyAdd(TSimd.Load(scales + lane), down, upper);
            uint bits = (uint)(rows >> lane) & TSimd.GreaterBits(infinity, upper);
            TSimd.Store(best + lane, TSimd.Max(TSimd.Select(bits, lower, old), old));
        }
    }

    /// <summary>The k-th best, 1 to 64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Best(float* best, int k)
    {
        float floor = float.PositiveInfinity;
        for (int i = 0; i < PanelRows; i++)
        {
            if (BitOperations.PopCount(PanelScores<TSimd, TVector>.Above(best, best[i])) < k)
            {
                floor = MathF.Min(floor, best[i]);
            }
        }

        return floor;
    }
}
