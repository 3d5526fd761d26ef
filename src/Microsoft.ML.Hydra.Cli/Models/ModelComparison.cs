using Microsoft.ML.Hydra.Cli.Reporting;

namespace Microsoft.ML.Hydra.Cli.Models;

/// <summary>
/// Measures a trained model and the baselines on one split, with and without the items of the history. The baselines
/// count the validation events of Hydra only where its prior counts them too.
/// </summary>
internal sealed class ModelComparison(
    MLContext mlContext,
    EvaluationSplit split,
    HydraSequenceRecommendationTrainer.Options options,
    CancellationToken cancellationToken)
{
    // Those that compare what is known of the items take part only where something is.
    private readonly SequenceBaseline[] _baselines =
        [.. Enum.GetValues<SequenceBaseline>().Where(baseline => options.Items is not null || baseline != SequenceBaseline.TextNeighbors)];

    private readonly IDataView _counted = options.CountValidationEvents || options.Validation == SequenceValidation.None
        ? split.TrainSet
        : mlContext.SequenceRecommendation().SplitLeaveLastOut(split.TrainSet, options.ItemsColumnName).TrainSet;

    public IReadOnlyList<ComparedModel> Run(HydraSequenceRecommendationTransformer model)
    {
        List<KeyValuePair<string, ModelScores>> filtered = Measure(model, split.TestSet, excludeSeen: true);
        List<KeyValuePair<string, ModelScores>> unfiltered = Measure(model, split.TestSet, excludeSeen: false);
        return [.. filtered.Zip(unfiltered, (left, right) => new ComparedModel(left.Key, left.Value, right.Value))];
    }

    /// <summary>The same for each slice of the test set.</summary>
    public IReadOnlyList<SliceScores> RunSlices(HydraSequenceRecommendationTransformer model) =>
    [
        .. TestSlices.Cut(mlContext, split.TrainSet, split.TestSet).Select(slice => new SliceScores(slice.Group, slice.Name, Measure(model, slice.TestSet, excludeSeen: true))),
    ];

    /// <summary>
    /// The same for the targets that are new and for the others. Beside the rankings of the full catalogue, Hydra and the text neighbours, which can know new
    /// items, rank the others without the new items, which shows what the new items cost them, and the new ones among the new items only. The other baselines
    /// only count, so that all new items are the same to them.
    /// </summary>
    /// <param name="model">The model, with the new items where it can have them.</param>
    /// <param name="all">All models of <see cref="Run"/>.</param>
    public ColdItemsScores? RunColdItems(HydraSequenceRecommendationTransformer model, IReadOnlyList<ComparedModel> all)
    {
        if (split.Cold is not { } cold)
        {
            return null;
        }

        IReadOnlySet<string> known = CatalogueNames.Read(model, split.TestSet.Schema) ?? new HashSet<string>();
        string[] knownCold = [.. cold.Ids.Where(known.Contains)];
        var rankings = new List<RankingScores> { new("all targets", [.. all.Select(compared => KeyValuePair.Create(compared.Name, compared.Filtered))]) };
        if (TestSlices.ByNextItem(mlContext, split.TestSet, cold.Ids, areIn: false) is { } others)
        {
            rankings.Add(new RankingScores("other targets", Measure(model, others, excludeSeen: true)));
            rankings.Add(WithoutCounting("other targets without the new items", others, ids => Filtered with { DeniedItems = ids }));
        }

        if (TestSlices.ByNextItem(mlContext, split.TestSet, cold.Ids, areIn: true) is { } newOnes)
        {
            rankings.Add(new RankingScores("new targets", Measure(model, newOnes, excludeSeen: true)));
            rankings.Add(WithoutCounting("new targets among the new items", newOnes, ids => Filtered with { AllowedItems = ids }));
        }

        return new ColdItemsScores(cold.Share, cold.Ids.Count, knownCold.Length, rankings);

        RankingScores WithoutCounting(string name, IDataView testSet, Func<IEnumerable<string>, RecommendationOptions> ranking) => new(
            name,
            [
                new("Hydra", MeasureHydra(model, testSet, ranking(knownCold))),
                .. _baselines.Where(baseline => baseline == SequenceBaseline.TextNeighbors).Select(baseline =>
                    KeyValuePair.Create(baseline.ToString(), MeasureBaseline(baseline, testSet, ranking(cold.Ids)))),
            ]);
    }

    private static RecommendationOptions Filtered => new() { NumberOfRecommendations = ModelScores.CutOff };

    // Hydra first, then the baselines
    private List<KeyValuePair<string, ModelScores>> Measure(HydraSequenceRecommendationTransformer model, IDataView testSet, bool excludeSeen) =>
    [
        new("Hydra", MeasureHydra(model, testSet, Filtered with { ExcludeSeenItems = excludeSeen })),
        .. _baselines.Select(baseline =>
            KeyValuePair.Create(baseline.ToString(), MeasureBaseline(baseline, testSet, Filtered with { ExcludeSeenItems = excludeSeen }))),
    ];

    private ModelScores MeasureHydra(HydraSequenceRecommendationTransformer model, IDataView testSet, RecommendationOptions ranking)
    {
        Cancellation.ThrowIfRequested(options, cancellationToken);
        using HydraSequenceRecommendationTransformer recommender = model.WithRecommendations(ranking);
        IDataView recommended = recommender.Transform(testSet);
        return ModelScores.From(mlContext.SequenceRecommendation().Evaluate(recommended, options.LabelColumnName));
    }

    private ModelScores MeasureBaseline(SequenceBaseline baseline, IDataView testSet, RecommendationOptions ranking)
    {
        Cancellation.ThrowIfRequested(options, cancellationToken);
        return ModelScores.From(mlContext.SequenceRecommendation().EvaluateBaseline(baseline, _counted, testSet, new SequenceBaselineOptions
        {
            ItemsColumnName = options.ItemsColumnName,
            LabelColumnName = options.LabelColumnName,
            ExcludeSeenItems = ranking.ExcludeSeenItems,
            AllowedItems = ranking.AllowedItems,
            DeniedItems = ranking.DeniedItems,
            Items = options.Items,
            ItemIdColumnName = options.ItemIdColumnName,
            ItemTextColumnName = options.ItemTextColumnName,
            ItemFeaturesColumnName = options.ItemFeaturesColumnName,
        }));
    }
}
