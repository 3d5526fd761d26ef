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
        var models = new List<ComparedModel> { new("Hydra", Measure(model, excludeSeen: true), Measure(model, excludeSeen: false)) };
        foreach (SequenceBaseline baseline in Enum.GetValues<SequenceBaseline>())
        {
            models.Add(new(baseline.ToString(), Measure(baseline, excludeSeen: true), Measure(baseline, excludeSeen: false)));
        }

        return models;
    }

    private ModelScores Measure(HydraSequenceRecommendationTransformer model, bool excludeSeen)
    {
        Cancellation.ThrowIfRequested(options, cancellationToken);
        using HydraSequenceRecommendationTransformer recommender = model.WithRecommendations(new RecommendationOptions
        {
            NumberOfRecommendations = ModelScores.CutOff,
            ExcludeSeenItems = excludeSeen,
        });
        IDataView recommended = recommender.Transform(split.TestSet);
        return ModelScores.From(mlContext.SequenceRecommendation().Evaluate(recommended, options.LabelColumnName));
    }

    private ModelScores Measure(SequenceBaseline baseline, bool excludeSeen)
    {
        Cancellation.ThrowIfRequested(options, cancellationToken);
        return ModelScores.From(mlContext.SequenceRecommendation().EvaluateBaseline(
            baseline, _counted, split.TestSet, options.ItemsColumnName, options.LabelColumnName, excludeSeen));
    }
}
