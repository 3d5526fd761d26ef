namespace Microsoft.ML.Hydra.Training;

/// <summary>
/// Cuts sequences into windows so that every event but a sequence's first is predicted exactly once. A sequence that fits is one
/// window. A longer one is covered by as few windows as can be; the room left over is taken from the first and the last of
/// them at random, so that borders fall elsewhere in every epoch.
/// </summary>
internal static class WindowCutter
{
    /// <summary>Adds the windows of one sequence to <paramref name="windows"/>.</summary>
    /// <param name="sequence">Index of the sequence.</param>
    /// <param name="events">Number of its events that may be used.</param>
    /// <param name="maximumLength">Most events read in one window.</param>
    /// <param name="random">Source of the borders.</param>
    /// <param name="windows">Receives the windows.</param>
    public static void Cut(int sequence, int events, int maximumLength, Random random, List<SequenceWindow> windows)
    {
        int predictions = events - 1;
        if (predictions <= 0)
        {
            return;
        }

        int count = (predictions - 1) / maximumLength + 1;
        int spare = (int)((long)count * maximumLength - predictions);
        int first = count == 1 ? predictions : maximumLength - random.Next(spare + 1);
        for (int start = 0, length = first; start < predictions; start += length, length = maximumLength)
        {
            length = Math.Min(length, predictions - start);
            windows.Add(new SequenceWindow(sequence, start, length));
        }
    }
}
