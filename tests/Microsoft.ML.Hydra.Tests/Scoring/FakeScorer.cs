namespace Microsoft.ML.Hydra.Tests.Scoring;

/// <summary>Scores that depend on a whole history, with many ties, and a record of the calls made.</summary>
internal sealed class FakeScorer(int numberOfItems)
{
    private readonly object _lock = new();

    /// <summary>Histories and events of each call.</summary>
    public List<(int Histories, int Events)> Calls { get; } = [];

    /// <summary>How many times it throws instead of scoring.</summary>
    public int FailuresLeft { get; set; }

    public void Score(ReadOnlySpan<int> items, ReadOnlySpan<float> times, ReadOnlySpan<int> offsets, Span<float> scores)
    {
        lock (_lock)
        {
            Calls.Add((offsets.Length - 1, items.Length));
            if (FailuresLeft > 0)
            {
                FailuresLeft--;
                throw new InvalidOperationException("The scorer failed.");
            }
        }

        if (offsets[0] != 0 || offsets[^1] != items.Length || scores.Length != (offsets.Length - 1) * (numberOfItems + 1))
        {
            throw new ArgumentException("The batch is malformed.");
        }

        for (int i = 0; i < offsets.Length - 1; i++)
        {
            if (offsets[i + 1] <= offsets[i])
            {
                throw new ArgumentException("A history is empty.");
            }

            After(items[offsets[i]..offsets[i + 1]], numberOfItems).CopyTo(scores[(i * (numberOfItems + 1))..]);
        }
    }

    /// <summary>The scores after one history, by row.</summary>
    public static float[] After(ReadOnlySpan<int> history, int numberOfItems)
    {
        uint state = 2166136261;
        foreach (int row in history)
        {
            state = (state ^ (uint)row) * 16777619;
        }

        var scores = new float[numberOfItems + 1];
        scores[0] = float.NaN;
        for (int row = 1; row <= numberOfItems; row++)
        {
            uint value = (state ^ (uint)row) * 2654435761;
            scores[row] = ((value >> 16) % 31 / 4f) - 3f;
        }

        return scores;
    }
}
