namespace Microsoft.ML.Hydra.Numerics;

/// <summary>Top-k and exact ranks over catalogue scores, with one order for both: score descending, then row ascending.</summary>
internal static class Ranking
{
}
