using Microsoft.ML.Hydra.Cli.Reporting;

namespace Microsoft.ML.Hydra.Cli.Models;

/// <summary>
/// Measures a trained model and the baselines on one split, with and without the items of the history. The baselines count the events that
/// validate Hydra only where its prior counts them too.
/// </summary>
internal sealed class ModelComparison(
    MLContext mlContext,
    SequenceTrainTestData split,
    HydraSequenceRecommendationTrainer.Options options,
    CancellationToken cancellationToken)
{
    private readonly IDataView _counted = options.CountValidationEvents || options.Validation == SequenceValidation.None
        ? split.TrainSet
        : mlContext.SequenceRecommendation().SplitLeaveLastOut(split.TrainSet, options.ItemsColumnName).TrainSet;

    public IReadOnlyList<ComparedModel> Run(HydraSequenceRecommendationTransformer model)
    {
        List<KeyValuePair<string, ModelScores>> filtered = Measure(model, split.TestSet, excludeSeen: true);
        List<KeyValuePair<string, ModelScores>> unfiltered = Measure(model, split.TestSet, excludeSeen: false);
        return [.. filtered.Zip(unfiltered, (left, right) => new ComparedModel(left.Key, left.Value, right.Value))];
    }

    /// <summary>The same, slice by slice of the test set.</summary>
    public IReadOnlyList<SliceScores> RunSlices(HydraSequenceRecommendationTransformer model) =>
    [
        .. TestSlices.Cut(mlContext, split.TrainSet, split.TestSet).Select(slice => new SliceScores(slice.Group, slice.Name, Measure(model, slice.TestSet, excludeSeen: true))),
    ];

    // Hydra first, then the baselines
    private List<KeyValuePair<string, ModelScores>> Measure(HydraSequenceRecommendationTransformer model, IDataView testSet, bool excludeSeen) =>
    [
        new("Hydra", MeasureHydra(model, testSet, excludeSeen)),
        .. Enum.GetValues<SequenceBaseline>().Select(baseline =>
            KeyValuePair.Create(baseline.ToString(), MeasureBaseline(baseline, testSet, excludeSeen))),
    ];

    private ModelScores MeasureHydra(HydraSequenceRecommendationTransformer model, IDataView testSet, bool excludeSeen)
    {
        Cancellation.ThrowIfRequested(options, cancellationToken);
        using HydraSequenceRecommendationTransformer recommender = model.WithRecommendations(new RecommendationOptions
        {
            NumberOfRecommendations = ModelScores.CutOff,
            ExcludeSeenItems = excludeSeen,
        });
        IDataView recommended = recommender.Transform(testSet);
        return ModelScores.From(mlContext.SequenceRecommendation().Evaluate(recommended, options.LabelColumnName));
    }

    private ModelScores MeasureBaseline(SequenceBaseline baseline, IDataView testSet, bool excludeSeen)
    {
        Cancellation.ThrowIfRequested(options, cancellationToken);
        return ModelScores.From(mlContext.SequenceRecommendation().EvaluateBaseline(
            baseline, _counted, testSet, options.ItemsColumnName, options.LabelColumnName, excludeSeen));
    }
}
