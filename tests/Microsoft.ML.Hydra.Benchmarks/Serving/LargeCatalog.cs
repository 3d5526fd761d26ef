using Microsoft.ML.Hydra.Benchmarks.Machine;
using Microsoft.ML.Hydra.Benchmarks.Ours;
using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Serving;

/// <summary>The ten best of a million items in float32 and in int8, and how far the two agree.</summary>
internal static class LargeCatalog
{
    private const int QueriesPerRound = 5;   // a query takes milliseconds

    /// <summary>Items of the catalogue.</summary>
    public static int Items(RaceSettings settings) => settings.IsRehearsal ? 1000 : 1_000_000;

    /// <summary>Number of queries for the recall.</summary>
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

    private static double Recall(int[] expected, int[] found) =>
        expected.Chunk(CatalogReading.Best).Zip(found.Chunk(CatalogReading.Best)).Sum(lists => lists.First.Intersect(lists.Second).Count())
        / (double)expected.Length;
}

/// <summary>
/// The ten best rows of a large table on one thread, compared with a plain loop that reads the same memory, the faster of two loops (other
/// memory may be read faster or slower). All run in turn, so that none finds its data in the caches.
/// </summary>
internal sealed unsafe class CatalogReading(CatalogTable table, float[] queries) : IDisposable
{
    /// <summary>Rows that a query finds.</summary>
    public const int Best = 10;

    private readonly Workspace _workspace = new(1);
    private int _next;

    /// <summary>Milliseconds of a query; median.</summary>
    public double QueryMs { get; private set; }

    /// <summary>Bytes per second that the plain loop reads, in 10^9; median.</summary>
    public double ReadGBs { get; private set; }

    /// <summary>Bytes per second that a query reads ÷ those of the plain loop; median over the rounds.</summary>
    public double ShareOfBandwidth { get; private set; }

    // Without the scales and bounds of an int8 table, which lie elsewhere: 6 % of the bytes of a query at d 64.
    private (nint Start, long Bytes) Memory => table.Int8 is Int8Panels panels
        ? ((nint)panels.Codes(0), (long)table.PanelCount * CatalogTable.PanelRows * panels.Steps * 4)
        : ((nint)table.Panel(0, null), table.BytesPerQuery);

    /// <summary>Runs the query and both loops in turn.</summary>
    public void Measure(int rounds)
    {
        Query();
        var queryMs = new double[rounds];
        var inOrderMs = new double[rounds];
        var inFourMs = new double[rounds];
        for (int i = 0; i < rounds; i++)
        {
            inOrderMs[i] = Timing.Milliseconds(() => Read(inOrder: true));
            queryMs[i] = Timing.Milliseconds(Query);
            inFourMs[i] = Timing.Milliseconds(() => Read(inOrder: false));
        }

        double[] readMs = Timing.Median(inOrderMs) < Timing.Median(inFourMs) ? inOrderMs : inFourMs;
        long bytes = Memory.Bytes;
        QueryMs = Timing.Median(queryMs);
        ReadGBs = bytes / Timing.Median(readMs) / 1e6;
        ShareOfBandwidth = Timing.Median([.. queryMs.Zip(readMs, (query, read) => table.BytesPerQuery / query / (bytes / read))]);
    }

    /// <summary>The best rows of many queries, one list after another.</summary>
    public int[] FindAll(ReadOnlySpan<float> many)
    {
        int count = many.Length / table.Width;
        var rows = new int[count * Best];
        CatalogTopK.Run(table, new(many, table.Width), Best, default, rows, new float[rows.Length], new int[count], _workspace);
        return rows;
    }

    public void Dispose() => _workspace.Dispose();

    private void Query()
    {
        int first = _next++ * table.Width % queries.Length;
        Span<int> rows = stackalloc int[Best];
        Span<float> scores = stackalloc float[Best];
        CatalogTopK.Run(table, queries.AsSpan(first, table.Width), default, null, rows, scores, _workspace);
    }

    private void Read(bool inOrder)
    {
        (nint start, long bytes) = Memory;
        float sum;
        _workspace.Run(1, new ReadLoop((float*)start, (nint)(bytes / sizeof(float)), inOrder, &sum));
        GC.KeepAlive(table);
    }
}
