using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra.Evaluation;

internal static class BaselineEvaluator
{
    public static SequenceRecommendationMetrics Evaluate(IHostEnvironment environment, SequenceBaseline baseline, IDataView trainSet, IDataView testSet, string itemsColumnName, string labelColumnName, bool excludeSeenItems) => throw new NotSupportedException();
}
