using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Persistence;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra;

/// <summary>A fitted Hydra model.</summary>
public sealed class HydraSequenceRecommendationTransformer : ITransformer, IDisposable
{
    /// <summary>The same model, recommending otherwise; the weights are shared.</summary>
    /// <param name="options">What to recommend.</param>
    public HydraSequenceRecommendationTransformer WithRecommendations(RecommendationOptions options) => throw new NotSupportedException();

    /// <inheritdoc/>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => throw new NotSupportedException();

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

    /// <inheritdoc/>
    public IDataView Transform(IDataView input) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Dispose() { }

    internal static HydraSequenceRecommendationTransformer Load(IHostEnvironment env, IModelEntryReader reader) => throw new NotSupportedException();

    void ICanSaveModel.Save(ModelSaveContext ctx) => throw new NotSupportedException();
}
