using System.Text;

namespace Microsoft.ML.Hydra;

/// <summary>
/// Metrics of next-item recommendation over the full catalogue, exact at every k because they come from the exact rank of
/// each row's label.
/// </summary>
/// <remarks>
/// A row has one label, the item that came next. <c>rank</c> is its place among all candidates, 1 is the best:
/// hit rate at k = share of rows with <c>rank ≤ k</c>; NDCG at k = mean of <c>1 / log₂(rank + 1)</c> where <c>rank ≤ k</c>, else
/// 0; MRR at k = mean of <c>1 / rank</c> where <c>rank ≤ k</c>, else 0. A label without a rank is a miss at every k.
/// </remarks>
public sealed class SequenceRecommendationMetrics
{
    private static readonly int[] s_printedKs = [1, 5, 10, 20, 50, 100];

    private readonly int[] _labelRanks;

    internal SequenceRecommendationMetrics(
        int[] labelRanks,
        int numberOfItems = 0,
        double catalogCoverage = double.NaN,
        double meanPopularity = double.NaN,
        int? numberOfLabelsLeftOut = null,
        int[]? labelTrainingEvents = null)
    {
        if (labelRanks.Length == 0)
        {
            throw new ArgumentException("There is no label rank to measure; expected one for each row of the test data.", nameof(labelRanks));
        }

        double reciprocalRanks = 0;
        for (int row = 0; row < labelRanks.Length; row++)
        {
            int rank = labelRanks[row];
            if (rank < 0)
            {
                throw new ArgumentException($"The label rank of row {row} is {rank}; expected 1 or more, or 0 for a label without a rank.", nameof(labelRanks));
            }

            NumberOfUnknownLabels += rank == 0 ? 1 : 0;
            reciprocalRanks += rank == 0 ? 0 : 1.0 / rank;
        }

        NumberOfLabelsLeftOut = numberOfLabelsLeftOut;
        _labelRanks = labelRanks;
        LabelRanks = Array.AsReadOnly(labelRanks);
        MeanReciprocalRank = reciprocalRanks / labelRanks.Length;
        NumberOfItems = numberOfItems;
        CatalogCoverage = catalogCoverage;
        MeanPopularity = meanPopularity;
        ByTrainingEvents = Array.AsReadOnly(labelTrainingEvents is null ? [] : TrainingEventsMetrics.Divide(labelRanks, labelTrainingEvents));
    }

    /// <summary>Number of rows measured, one a user.</summary>
    public int NumberOfUsers => _labelRanks.Length;

    /// <summary>
    /// Number of rows whose label has no rank, for either reason: <see cref="NumberOfLabelsNotInModel"/> and
    /// <see cref="NumberOfLabelsLeftOut"/> together. They count as misses.
    /// </summary>
    public int NumberOfUnknownLabels { get; }

    /// <summary>
    /// Number of rows whose label the model does not know, or that have no label: training did not see the item. <see langword="null"/> when it cannot be
    /// determined, because the data to evaluate has no label column or no <c>PredictedItems</c> of a fitted transformer.
    /// </summary>
    public int? NumberOfLabelsNotInModel => NumberOfUnknownLabels - NumberOfLabelsLeftOut;

    /// <summary>
    /// Number of rows whose label the model knows but left out of the ranking: an item of the history, which
    /// <see cref="RecommendationOptions.ExcludeSeenItems"/> excludes, or an item that <see cref="RecommendationOptions.AllowedItems"/> or
    /// <see cref="RecommendationOptions.DeniedItems"/> excludes. <see langword="null"/> when it cannot be determined.
    /// </summary>
    public int? NumberOfLabelsLeftOut { get; }

    /// <summary>Size of the catalogue that was ranked; 0 when it is not known.</summary>
    public int NumberOfItems { get; }

    /// <summary>Mean of <c>1 / rank</c> over all rows and the whole catalogue; 0 to 1.</summary>
    public double MeanReciprocalRank { get; }

    /// <summary>
    /// Share of the catalogue that appears in at least one row's <c>PredictedItems</c>; 0 to 1, <see cref="double.NaN"/> when
    /// it is not known. It grows with the number of recommendations and of users.
    /// </summary>
    public double CatalogCoverage { get; }

    /// <summary>
    /// Mean, over all items recommended to all users, of the item's share of the training events; 0 to 1,
    /// <see cref="double.NaN"/> when it is not known. A lower value means fewer popular items.
    /// </summary>
    public double MeanPopularity { get; }

    /// <summary>The exact rank of each row's label, from 1, in row order; 0 for a label without a rank.</summary>
    public IReadOnlyList<int> LabelRanks { get; }

    /// <summary>
    /// The rows by the number of training events of their label: 0, 1 to 5, 6 to 20, and more, in this order, also where there are no such rows. A label that the
    /// model does not know, or that is missing, has 0. Empty when it cannot be determined, for the reasons of <see cref="NumberOfLabelsNotInModel"/>.
    /// </summary>
    public IReadOnlyList<TrainingEventsMetrics> ByTrainingEvents { get; }

    /// <summary>Share of rows whose label is among the <paramref name="k"/> best; 0 to 1.</summary>
    /// <param name="k">Length of the list, 1 or more; it may exceed the catalogue.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is below 1.</exception>
    public double HitRateAt(int k) => HitRate(_labelRanks, k);

    /// <summary>Normalised discounted cumulative gain of the <paramref name="k"/> best; 0 to 1.</summary>
    /// <param name="k">Length of the list, 1 or more; it may exceed the catalogue.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is below 1.</exception>
    public double NdcgAt(int k) => Ndcg(_labelRanks, k);

    /// <summary>Mean reciprocal rank within the <paramref name="k"/> best; 0 to 1.</summary>
    /// <param name="k">Length of the list, 1 or more; it may exceed the catalogue.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is below 1.</exception>
    public double MrrAt(int k) => Mean(_labelRanks, k, static rank => 1.0 / rank);

    /// <summary>A table of the metrics for people, invariant culture; its layout may change.</summary>
    public override string ToString()
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        var text = new StringBuilder();
        text.Append(culture, $"{NumberOfUsers:N0} users, {NumberOfUnknownLabels:N0} labels without a rank");
        if (NumberOfUnknownLabels > 0 && NumberOfLabelsLeftOut is not null)
        {
            text.Append(culture, $" ({NumberOfLabelsNotInModel:N0} unknown to the model, {NumberOfLabelsLeftOut:N0} left out of the ranking)");
        }

        if (NumberOfItems > 0)
        {
            text.Append(culture, $", {NumberOfItems:N0} items ranked");
        }

        int[] ks = [.. s_printedKs.Where(k => k == 1 || NumberOfItems == 0 || k <= NumberOfItems)];
        AppendRow("@k", k => k.ToString(culture));
        AppendRow("HR", k => HitRateAt(k).ToString("F4", culture));
        AppendRow("NDCG", k => NdcgAt(k).ToString("F4", culture));
        AppendRow("MRR", k => MrrAt(k).ToString("F4", culture));
        text.AppendLine().Append(culture, $"MRR over the whole catalogue {MeanReciprocalRank:F4}");
        if (!double.IsNaN(CatalogCoverage))
        {
            text.Append(culture, $", catalogue coverage {100 * CatalogCoverage:F1} %");
        }

        if (!double.IsNaN(MeanPopularity))
        {
            text.Append(culture, $", mean popularity {100 * MeanPopularity:F3} %");
        }

        foreach (TrainingEventsMetrics part in ByTrainingEvents.Where(part => part.NumberOfUsers > 0))
        {
            text.AppendLine().Append(culture, $"labels with {part}");
        }

        return text.ToString();

        void AppendRow(string name, Func<int, string> cell)
        {
            text.AppendLine().Append(name.PadRight(4));
            foreach (int k in ks)
            {
                text.Append(cell(k).PadLeft(8));
            }
        }
    }

    internal static double HitRate(ReadOnlySpan<int> ranks, int k) => Mean(ranks, k, static _ => 1);

    internal static double Ndcg(ReadOnlySpan<int> ranks, int k) => Mean(ranks, k, static rank => 1 / Math.Log2(rank + 1.0));

    // A rank beyond k, or 0, gains nothing. NaN without ranks.
    private static double Mean(ReadOnlySpan<int> ranks, int k, Func<int, double> gain)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        double sum = 0;
        foreach (int rank in ranks)
        {
            sum += rank > 0 && rank <= k ? gain(rank) : 0;
        }

        return sum / ranks.Length;
    }
}
