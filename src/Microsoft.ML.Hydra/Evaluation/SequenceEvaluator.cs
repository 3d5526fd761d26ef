using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra.Evaluation;

internal static class SequenceEvaluator
{
    public static SequenceRecommendationMetrics Evaluate(IHostEnvironment environment, IDataView data, string labelColumnName) => throw new NotSupportedException();
}
