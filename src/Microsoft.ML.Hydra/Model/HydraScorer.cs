using Microsoft.ML.Hydra.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Model;

/// <summary>
/// Scores the catalogue after whole histories. Reads the model only, so any number of threads may score at once.
/// </summary>
internal sealed class HydraScorer(HydraModel model, Device device)
{
    // Positions computed at once, padding included; a longer history is one batch of its own.
    private const int TokensPerBatch = 8192;

    /// <summary>Scores as <c>BatchScorer</c> says.</summary>
    /// <param name="items">Item rows of all histories, one after another.</param>
    /// <param name="offsets">Where each history starts, and the end.</param>
    /// <param name="scores">Receives <c>[histories × (items + 1)]</c>.</param>
    public void Score(ReadOnlySpan<int> items, ReadOnlySpan<int> offsets, Span<float> scores)
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
            ScoreBatch(items, offsets, batch, length, scores);
            start += size;
        }
    }

    private void ScoreBatch(
        ReadOnlySpan<int> items, ReadOnlySpan<int> offsets, ReadOnlySpan<int> batch, int length, Span<float> scores)
    {
        var padded = new long[batch.Length * length];
        var last = new long[batch.Length];
        for (int i = 0; i < batch.Length; i++)
        {
            ReadOnlySpan<int> history = items[offsets[batch[i]]..offsets[batch[i] + 1]];
            for (int t = 0; t < history.Length; t++)
            {
                padded[i * length + t] = history[t];
            }

            last[i] = (long)i * length + history.Length - 1;
        }

        using IDisposable inference = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor positions = arange(0, length, device: device).expand(batch.Length, length);
        Tensor hidden = model.call(tensor(padded, device: device).view(batch.Length, length), positions);
        Tensor queries = model.ScoringQueries(hidden.view(-1, model.Sizes.Width).index_select(0, tensor(last, device: device)));
        Span<float> rows = TensorMemory.Of(queries.mm(model.ScoringTable().t()).to(ScalarType.Float32).cpu().contiguous());
        int width = model.Sizes.NumberOfItems + 1;
        for (int i = 0; i < batch.Length; i++)
        {
            rows.Slice(i * width, width).CopyTo(scores.Slice(batch[i] * width, width));
        }
    }
}
