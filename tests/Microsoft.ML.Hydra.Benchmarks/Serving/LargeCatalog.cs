using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Serving;

/// <summary>The ten best of a million items, in float32 and in int8, and whether both find the same.</summary>
internal static class LargeCatalog
{
    private const int QueriesPerRound = 5;   // a query takes milliseconds

    /// <summary>Items of the catalogue.</summary>
    public static int Items(RaceSettings settings) => settings.IsRehearsal ? 1000 : 1_000_000;

    /// <summary>Queries that recall is counted over.</summary>
    public static int Queries(RaceSettings settings) => settings.IsRehearsal ? 10 : 1000;

    /// <summary>Shares of the bandwidth, times, recall.</summary>
    public static IEnumerable<ServingFigure> Measure(RaceSettings settings)
    {
        float[] queries = Numbers.Uniform((long)Queries(settings) * settings.Dimension, -1, 1, seed: 4);
        using var whole = new CatalogReading(Table(settings, CatalogPrecision.Float32), queries);
        using var bytes = new CatalogReading(Table(settings, CatalogPrecision.Int8), queries);
        whole.Measure(QueriesPerRound * settings.Rounds);
        bytes.Measure(QueriesPerRound * settings.Rounds);
        yield return new("top10Of1MFloat32Ms", "top-10 of 1 M items, float32, ms", whole.QueryMs);
        yield return new("top10Of1MFloat32ShareOfBandwidth", "  share of the read bandwidth", whole.ShareOfBandwidth, "≥ 0.85");
        yield return new("readFloat32GBs", "  read by the plain loop, GB/s", whole.ReadGBs);
        yield return new("top10Of1MInt8Ms", "top-10 of 1 M items, int8, ms", bytes.QueryMs);
        yield return new("top10Of1MInt8ShareOfBandwidth", "  share of the read bandwidth", bytes.ShareOfBandwidth, "≥ 0.85");
        yield return new("readInt8GBs", "  read by the plain loop, GB/s", bytes.ReadGBs);
        yield return new("int8Recall10", "  items of the float32 top-10 found", Recall(whole.FindAll(queries), bytes.FindAll(queries)), "≥ 0.999");
    }

    private static CatalogTable Table(RaceSettings settings, CatalogPrecision precision)
    {
        int rows = Items(settings) + 1;
        float[] vectors = Numbers.Uniform((long)rows * settings.Dimension, -0.1f, 0.1f, seed: 3);
        return new CatalogTable(new(vectors, settings.Dimension), rows, settings.Dimension, precision);
    }

    private static double Recall(int[] wanted, int[] found) =>
        wanted.Chunk(CatalogReading.Best).Zip(found.Chunk(CatalogReading.Best)).Sum(lists => lists.First.Intersect(lists.Second).Count())
        / (double)wanted.Length;
}
