using Microsoft.ML.Hydra.Compute;
using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Model;

/// <summary>
/// Scores the catalogue after whole histories, with the item vectors that the model has when this is made. Reads the model only, so any number of threads
/// may score at once.
/// </summary>
internal sealed class SequenceModelScorer : IDisposable
{
    // Positions computed at once, padding included; a longer history is one batch of its own.
    private const int TokensPerBatch = 8192;

    private readonly ISequenceModel _model;
    private readonly Device _device;
    private readonly IDisposable? _held;

    /// <param name="model">The model.</param>
    /// <param name="device">Where it lies.</param>
    public SequenceModelScorer(ISequenceModel model, Device device)
    {
        (_model, _device) = (model, device);
        using IDisposable inference = no_grad();
        _held = model.HoldItemVectors();
    }

    /// <summary>Scores as <c>BatchScorer</c> says.</summary>
    /// <param name="items">Item rows of all histories, one after another.</param>
    /// <param name="times">Features of their times, <c>[events, K]</c>; empty for none.</param>
    /// <param name="offsets">Where each history starts, and the end.</param>
    /// <param name="scores">Receives <c>[histories × (items + 1)]</c>.</param>
    public void Score(ReadOnlySpan<int> items, ReadOnlySpan<float> times, ReadOnlySpan<int> offsets, Span<float> scores) =>
        Score(0, items, times, offsets, scores);

    /// <summary>The same after histories of a domain.</summary>
    /// <param name="domain">Its number.</param>
    /// <param name="items">Item rows of all histories, one after another.</param>
    /// <param name="times">Features of their times, <c>[events, K]</c>; empty for none.</param>
    /// <param name="offsets">Where each history starts, and the end.</param>
    /// <param name="scores">Receives <c>[histories × (items + 1)]</c>.</param>
    public void Score(int domain, ReadOnlySpan<int> items, ReadOnlySpan<float> times, ReadOnlySpan<int> offsets, Span<float> scores)
    {
        int count = offsets.Length - 1;
        var order = new int[count];
        var lengths = new int[count];
        for (int i = 0; i < count; i++)
        {
            (order[i], lengths[i]) = (i, offsets[i + 1] - offsets[i]);
        }

        // Longest first: neighbours share a batch, so little is padding.
        Array.Sort(order, (a, b) => lengths[a] != lengths[b] ? lengths[b].CompareTo(lengths[a]) : a.CompareTo(b));
        for (int start = 0; start < count;)
        {
            int length = lengths[order[start]];
            int size = Math.Clamp(TokensPerBatch / length, 1, count - start);
            ReadOnlySpan<int> batch = order.AsSpan(start, size);
            ScoreBatch(Tokens(domain, items, times, offsets, batch), batch, scores);
            start += size;
        }
    }

    public void Dispose() => _held?.Dispose();

    private void ScoreBatch(TokenBatch tokens, ReadOnlySpan<int> batch, Span<float> scores)
    {
        long[] last = [.. Enumerable.Range(1, batch.Length).Select(i => tokens.Layout.Offset(i) - 1L)];
        using IDisposable inference = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor queries = _model.ScoringQueries(_model.Encode(tokens).index_select(0, tensor(last, device: _device)));
        Span<float> rows = TensorMemory.Of(queries.mm(_model.ScoringTable().t()).to(ScalarType.Float32).cpu().contiguous());
        int width = _model.NumberOfItems + 1;
        for (int i = 0; i < batch.Length; i++)
        {
            rows.Slice(i * width, width).CopyTo(scores.Slice(batch[i] * width, width));
        }
    }

    private static TokenBatch Tokens(int domain, ReadOnlySpan<int> items, ReadOnlySpan<float> times, ReadOnlySpan<int> offsets, ReadOnlySpan<int> batch)
    {
        var lengths = new int[batch.Length];
        for (int i = 0; i < lengths.Length; i++)
        {
            lengths[i] = offsets[batch[i] + 1] - offsets[batch[i]];
        }

        var rows = new int[lengths.Sum()];
        var positions = new int[rows.Length];
        int k = times.Length / items.Length;    // 0 without times
        float[]? features = times.IsEmpty ? null : new float[rows.Length * k];
        int next = 0;
        foreach (int history in batch)
        {
            ReadOnlySpan<int> events = items[offsets[history]..offsets[history + 1]];
            events.CopyTo(rows.AsSpan(next));
            if (features is not null)
            {
                times.Slice(offsets[history] * k, events.Length * k).CopyTo(features.AsSpan(next * k));
            }

            for (int t = 0; t < events.Length; t++)
            {
                positions[next++] = t;
            }
        }

        return new TokenBatch(rows, positions, lengths, features) { Domain = domain };
    }
}
