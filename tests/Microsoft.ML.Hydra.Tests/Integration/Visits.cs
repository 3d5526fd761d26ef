namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>
/// Customers whose next item depends on the clock only: after an item that came minutes after the one before it the next item of the
/// round follows, after one that came days later that seven places on.
/// </summary>
internal static class Visits
{
    /// <summary>Items are numbered 1 .. 20.</summary>
    public const int NumberOfItems = 20;

    private const int FarAhead = 7;

    /// <summary>Visits of 12 items and the one that came next.</summary>
    public static Visit[] Make(int customers, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, customers).Select(_ =>
        {
            (double time, int place) = (1.5e9 + random.Next(), random.Next(NumberOfItems));
            var (items, times) = (new string[12], new double[12]);
            for (int i = 0; i < items.Length; i++)
            {
                bool isLong = random.Next(2) == 1;
                time += (isLong ? 200_000 : 100) * (1 + random.NextDouble());
                (items[i], times[i]) = (Shelves.Name(1 + place), Math.Round(time));
                place = (place + (isLong ? FarAhead : 1)) % NumberOfItems;
            }

            return new Visit { Items = items, Timestamps = times, NextItem = Shelves.Name(1 + place) };
        })];
    }

    /// <summary>Options that learn them in seconds, with or without the clock.</summary>
    public static HydraSequenceRecommendationTrainer.Options Options(bool clock = true)
    {
        HydraSequenceRecommendationTrainer.Options options = SmallTraining.Options();
        options.TimestampsColumnName = clock ? nameof(Visit.Timestamps) : null;
        options.ExcludeSeenItems = false;
        options.NumberOfEpochs = 12;
        return options;
    }
}
