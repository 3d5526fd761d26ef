namespace Microsoft.ML.Hydra.Tests;

/// <summary>What code allocates on the managed heap.</summary>
internal static class Allocations
{
    private const int Attempts = 5;

    /// <summary>
    /// Bytes that a use allocates: the median of a few, as a collection that another thread starts in between counts the rest of this thread's
    /// allocation block, up to 8 KB.
    /// </summary>
    public static long Of(Action use) => Enumerable.Range(0, Attempts).Select(_ =>
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        use();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }).Order().ElementAt(Attempts / 2);
}
