using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Scoring;

namespace Microsoft.ML.Hydra.Tests.Scoring;

/// <summary>A transformer over a plan, with the public methods of a fitted one.</summary>
internal sealed class FakeRecommender(RecommendationPlan plan) : ITransformer
{
    public bool IsRowToRowMapper => true;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => new RecommendationSchema(plan, inputSchema).Output;

    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => new RecommendationMapper(plan, inputSchema);

    public IDataView Transform(IDataView input) => new RecommendationDataView(plan, input);

    public void Save(ModelSaveContext ctx) => throw new NotSupportedException();
}
