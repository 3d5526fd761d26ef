using Microsoft.ML.Hydra.Benchmarks.Machine;
using Microsoft.ML.Hydra.Benchmarks.Races;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Benchmarks.Serving;

/// <summary>
/// The ten best rows of a large table on one thread, against the plainest reading of the very memory that a query reads, the faster of
/// two ways: other memory may be read faster or slower. All in turn, so that each finds the caches as another left them.
/// </summary>
internal sealed unsafe class CatalogReading(CatalogTable table, float[] queries) : IDisposable
{
    /// <summary>Rows that a query finds.</summary>
    public const int Best = 10;

    private readonly Workspace _workspace = new(1);
    private int _next;

    /// <summary>Milliseconds of a query; median.</summary>
    public double QueryMs { get; private set; }

    /// <summary>Bytes that the plain loop reads a second, in 10^9; median.</summary>
    public double ReadGBs { get; private set; }

    /// <summary>Bytes that a query reads a second ÷ bytes that the plain loop reads; median over the rounds.</summary>
    public double ShareOfBandwidth { get; private set; }

    // The scales and bounds of an int8 table lie elsewhere: 6 % of what a query reads at d 64.
    private (nint Start, long Bytes) Memory => table.Int8 is Int8Panels panels
        ? ((nint)panels.Codes(0), (long)table.PanelCount * CatalogTable.PanelRows * panels.Steps * 4)
        : ((nint)table.Panel(0, null), table.BytesPerQuery);

    /// <summary>Runs both in turn.</summary>
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
