using Microsoft.ML.Hydra.Benchmarks.Races;

namespace Microsoft.ML.Hydra.Benchmarks.Serving;

/// <summary>A prediction engine's answer to a whole history, another one each time; items of the history are left out.</summary>
internal sealed class HydraPrediction(SavedModel saved, int[][] histories) : IEntrant
{
    private readonly HydraSequenceRecommendationTransformer _model = saved.Load();
    private readonly HistoryRow _row = new();
    private PredictionEngine<HistoryRow, RecommendedRow>? _engine;
    private int _next;

    public long Parameters => saved.NumberOfParameters;

    public void Run()
    {
        _engine ??= saved.Context.Model.CreatePredictionEngine<HistoryRow, RecommendedRow>(_model);
        _row.Items = histories[_next++ % histories.Length];
        _engine.Predict(_row);
    }

    public void Dispose()
    {
        _engine?.Dispose();
        _model.Dispose();
    }
}
