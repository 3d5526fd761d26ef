using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra;

/// <summary>Trains a Hydra sequence model.</summary>
public sealed partial class HydraSequenceRecommendationTrainer : IEstimator<HydraSequenceRecommendationTransformer>
{
    internal HydraSequenceRecommendationTrainer(IHostEnvironment environment, Options options)
    {
    }

    /// <inheritdoc/>
    public HydraSequenceRecommendationTransformer Fit(IDataView input) => throw new NotSupportedException();

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => throw new NotSupportedException();
}
