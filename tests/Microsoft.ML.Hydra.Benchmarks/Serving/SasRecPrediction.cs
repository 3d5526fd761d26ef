using Microsoft.ML.Hydra.Benchmarks.Peers;
using Microsoft.ML.Hydra.Benchmarks.Races;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Benchmarks.Serving;

/// <summary>
/// A SASRec's answer to a whole history: the history is encoded, the vector of its last position multiplied with all items, and the
/// ten best taken. It leaves no items of the history out, which would be a little more to do.
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
