namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>What a model gives for histories in every way of asking, as lines that are equal only when the bits are.</summary>
internal static class ScoredLines
{
    /// <param name="mlContext">The context.</param>
    /// <param name="model">The model.</param>
    /// <param name="histories">A history each: its items and the one that came next, separated by commas.</param>
    public static IEnumerable<string> Of(MLContext mlContext, ITransformer model, IEnumerable<string> histories)
    {
        LabeledHistory<string>[] rows = [.. histories.Select(line => line.Split(',')).Select(items => new LabeledHistory<string> { Items = items[..^1], NextItem = items[^1] })];
        IDataView scored = model.Transform(mlContext.Data.LoadFromEnumerable(rows));
        foreach (Recommendation<string> row in mlContext.Data.CreateEnumerable<Recommendation<string>>(scored, reuseRowObject: false))
        {
            yield return $"view: {row}";
        }

        SequenceRecommendationMetrics metrics = mlContext.SequenceRecommendation().Evaluate(scored);
        yield return $"metrics: coverage {metrics.CatalogCoverage:R}, ranks {string.Join(' ', metrics.LabelRanks)}";
        foreach (LabeledHistory<string> row in rows)
        {
            using HydraUserState state = ((HydraSequenceRecommendationTransformer)model).CreateState();
            state.Append(row.Items);
            yield return $"state: {string.Join<RecommendedItem<string>>('|', state.Recommend<string>(10))}";
        }

        using var engine = mlContext.Model.CreatePredictionEngine<LabeledHistory<string>, Recommendation<string>>(model);   // takes the model with it
        foreach (LabeledHistory<string> row in rows)
        {
            yield return $"engine: {engine.Predict(row)}";
        }
    }
}
