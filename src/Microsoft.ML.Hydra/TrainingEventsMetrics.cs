namespace Microsoft.ML.Hydra;

/// <summary>
/// Metrics of the rows whose label has a certain number of training events: how well new, rare and frequent items are found. Given by
/// <see cref="SequenceRecommendationMetrics.ByTrainingEvents"/>.
/// </summary>
/// <remarks>
/// Training events are those of the data that the trainer was fitted to. Ranks are over all candidates, as those of <see cref="SequenceRecommendationMetrics"/>.
/// </remarks>
public sealed class TrainingEventsMetrics
{
    private readonly int[] _labelRanks;

    private TrainingEventsMetrics(int fewest, int? most, int[] labelRanks) =>
        (FewestTrainingEvents, MostTrainingEvents, _labelRanks) = (fewest, most, labelRanks);

    /// <summary>The fewest training events of a label of these rows: 0, 1, 6 or 21.</summary>
    public int FewestTrainingEvents { get; }

    /// <summary>The most training events of a label of these rows: 0, 5 or 20; <see langword="null"/> for any number.</summary>
    public int? MostTrainingEvents { get; }

    /// <summary>Number of these rows; 0 when there are none.</summary>
    public int NumberOfUsers => _labelRanks.Length;

    /// <summary>Share of these rows whose label is among the <paramref name="k"/> best; 0 to 1, <see cref="double.NaN"/> without rows.</summary>
    /// <param name="k">Length of the list, 1 or more; it may exceed the catalogue.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is below 1.</exception>
    public double HitRateAt(int k) => SequenceRecommendationMetrics.HitRate(_labelRanks, k);

    /// <summary>Normalised discounted cumulative gain of the <paramref name="k"/> best in these rows; 0 to 1, <see cref="double.NaN"/> without rows.</summary>
    /// <param name="k">Length of the list, 1 or more; it may exceed the catalogue.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is below 1.</exception>
    public double NdcgAt(int k) => SequenceRecommendationMetrics.Ndcg(_labelRanks, k);

    /// <summary>The numbers of events, the number of rows and the metrics at 10 in a line for people, invariant culture; its layout may change.</summary>
    public override string ToString()
    {
        string events = MostTrainingEvents is not int most ? $"over {FewestTrainingEvents - 1}" : most == 0 ? "0" : $"{FewestTrainingEvents} to {most}";
        return string.Create(
            CultureInfo.InvariantCulture, $"{events} training events: {NumberOfUsers:N0} users, HR@10 {HitRateAt(10):F4}, NDCG@10 {NdcgAt(10):F4}");
    }

    /// <summary>Divides rows into those with 0, 1 to 5, 6 to 20, and more training events.</summary>
    /// <param name="labelRanks">Rank of each row's label.</param>
    /// <param name="labelTrainingEvents">Training events of each row's label, in the same order.</param>
    internal static TrainingEventsMetrics[] Divide(int[] labelRanks, int[] labelTrainingEvents)
    {
        return [Part(0, 0), Part(1, 5), Part(6, 20), Part(21, null)];

        TrainingEventsMetrics Part(int fewest, int? most) => new(
            fewest, most, [.. labelRanks.Where((_, row) => labelTrainingEvents[row] >= fewest && !(labelTrainingEvents[row] > most))]);
    }
}
