namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>The figures of one model in one ranking, by the names of the report.</summary>
/// <param name="Values">In the order of the report.</param>
/// <param name="Users">Number of users measured.</param>
/// <param name="UnknownLabels">Users whose held-out item the model does not know; each counts as a miss.</param>
internal sealed record ModelScores(IReadOnlyList<KeyValuePair<string, double>> Values, long Users, long UnknownLabels)
{
    /// <summary>How many recommendations coverage and mean popularity look at.</summary>
    public const int CutOff = 10;

    /// <summary>One figure; NaN where there is none of that name.</summary>
    public double Value(string name) => Values.Where(figure => figure.Key == name).Select(figure => figure.Value).FirstOrDefault(double.NaN);

    public static ModelScores From(SequenceRecommendationMetrics metrics) => new(
        [
            new("HR@1", metrics.HitRateAt(1)),
            new("HR@5", metrics.HitRateAt(5)),
            new("HR@10", metrics.HitRateAt(10)),
            new("HR@20", metrics.HitRateAt(20)),
            new("NDCG@5", metrics.NdcgAt(5)),
            new("NDCG@10", metrics.NdcgAt(10)),
            new("NDCG@20", metrics.NdcgAt(20)),
            new("MRR", metrics.MeanReciprocalRank),
            new("coverage", metrics.CatalogCoverage),
            new("meanPopularity", metrics.MeanPopularity),
        ],
        metrics.NumberOfUsers,
        metrics.NumberOfUnknownLabels);
}
