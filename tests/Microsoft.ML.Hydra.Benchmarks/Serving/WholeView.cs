using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Benchmarks.Races;

namespace Microsoft.ML.Hydra.Benchmarks.Serving;

/// <summary>A view of histories is transformed and its recommendations and scores are read, row by row.</summary>
internal sealed class WholeView : IEntrant
{
    private readonly HydraSequenceRecommendationTransformer _model;
    private readonly IDataView _histories;

    public WholeView(SavedModel saved, int[][] histories)
    {
        _model = saved.Load();
        _histories = Histories.View(saved.Context, histories);
    }

    public void Run()
    {
        IDataView output = _model.Transform(_histories);
        DataViewSchema.Column items = output.Schema["PredictedItems"], scores = output.Schema["Score"];
        using DataViewRowCursor cursor = output.GetRowCursor([items, scores]);
        ValueGetter<VBuffer<int>> getItems = cursor.GetGetter<VBuffer<int>>(items);
        ValueGetter<VBuffer<float>> getScores = cursor.GetGetter<VBuffer<float>>(scores);
        VBuffer<int> best = default;
        VBuffer<float> score = default;
        while (cursor.MoveNext())
        {
            getItems(ref best);
            getScores(ref score);
        }
    }

    public void Dispose() => _model.Dispose();
}
