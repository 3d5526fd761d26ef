using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Benchmarks.Peers;
using Microsoft.ML.Hydra.Benchmarks.Races;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Serving;

/// <summary>The answer of a prediction engine to a whole history, a different one each time, without the items of the history.</summary>
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

/// <summary>
/// The answer of a SASRec to a whole history: the history is encoded, the vector of its last position is multiplied with all items, and
/// the ten best are taken. Items of the history are not removed, which would take slightly longer.
/// </summary>
internal sealed class SasRecPrediction : IEntrant
{
    private const int Best = 10;

    private readonly SasRec _model;
    private readonly long[][] _histories;
    private int _next;

    public SasRecPrediction(SasRecSizes sizes, int[][] histories)
    {
        _model = new SasRec(sizes, dropout: 0, new TorchParts());
        _histories = Array.ConvertAll(histories, history => Array.ConvertAll(history, item => (long)item));
    }

    public long Parameters => _model.NumberOfParameters;

    public void Run() => Recommend(_histories[_next++ % _histories.Length]);

    /// <summary>The best items, best first, with their scores.</summary>
    public (long[] Items, float[] Scores) Recommend(long[] history)
    {
        using IDisposable inference = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor last = _model.call(tensor(history).view(1, -1)).narrow(0, history.Length - 1, 1);
        Tensor items = _model.ScoringTable().narrow(0, 1, _model.NumberOfItems);   // without the padding row
        (Tensor scores, Tensor rows) = last.mm(items.t()).topk(Best);
        return (rows.add(1).data<long>().ToArray(), scores.data<float>().ToArray());
    }

    public void Dispose() => _model.Dispose();
}

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
