using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Hydra.Training;

/// <summary>
/// Adds the gradients by item vectors over several steps, and passes them on to the numbers: with <c>e_i = g_i δ_i + W^T x_i</c> and
/// <c>x_i = D^T (v_i − mean)</c> it is <c>dv_i = D W de_i</c>, with W as it is at the update. Mean and D stay those of the first numbers.
/// </summary>
internal sealed class NumberLearning : IDisposable
{
    private readonly LearnedNumbers _learned;
    private readonly ItemFeatures _items;
    private readonly NumberSpace _space;
    private readonly float[] _numbers;    // v, [I + 1, n]
    private Tensor? _sum;                 // de, [I + 1, d]
    private int _steps;

    /// <param name="learned">What learns.</param>
    /// <param name="items">The features. Their values are changed in place.</param>
    /// <exception cref="ArgumentException">The items have no numbers, or so many that they are not whitened.</exception>
    public NumberLearning(LearnedNumbers learned, ItemFeatures items)
    {
        if (items.Space.Numbers is not { Directions.Length: > 0 } space)
        {
            throw new ArgumentException($"Vectors that learn with the sequence model have 1 to {NumberSpace.WidestWhitened} numbers; take a language model of that width.", nameof(items));
        }

        (_learned, _items, _space) = (learned, items, space);
        _numbers = new float[items.Inputs.Features.NumberOfRows * space.Mean.Length];
        for (int row = 1; row < items.Inputs.Features.NumberOfRows; row++)
        {
            if (!items.Inputs.Features.IsEmpty(row))
            {
                float[] centred = NumberSpace.Centre(space.Mean, items.Content.Numbers!, row);
                for (int i = 0; i < centred.Length; i++)
                {
                    _numbers[(row * centred.Length) + i] = centred[i] + space.Mean[i];
                }
            }
        }
    }

    /// <summary>Adds the gradients of a step, and updates the numbers after so many steps.</summary>
    /// <param name="gradient">de, <c>[I + 1, d]</c>.</param>
    /// <param name="map">W, <c>[F, d]</c>.</param>
    public void Add(Tensor gradient, Tensor map)
    {
        Accumulate(gradient);
        if (++_steps < _learned.StepsPerUpdate)
        {
            return;
        }

        _learned.Update(_items.Content.Vocabulary, PassOn(map), _numbers);
        Write();
        _steps = 0;
        _items.Inputs.Version++;
    }

    public void Dispose() => _sum?.Dispose();

    private void Accumulate(Tensor gradient)
    {
        using IDisposable inference = no_grad();
        _sum ??= zeros_like(gradient).DetachFromDisposeScope();
        _sum.add_(gradient);
    }

    // dv, [I + 1, n]; the sum starts again.
    private float[] PassOn(Tensor map)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable inference = no_grad();
        (int n, int k) = (_space.Mean.Length, _space.NumberOfDirections);
        Tensor weights = map.narrow(0, map.shape[0] - k, k);                                      // [k, d]
        Tensor directions = tensor(_space.Directions, device: map.device).view(n, k);
        float[] passed = _sum!.mm(weights.t()).mm(directions.t()).cpu().contiguous().data<float>().ToArray();
        _sum.zero_();
        for (int row = 0; row < _items.Inputs.Features.NumberOfRows; row++)
        {
            if (_items.Inputs.Features.IsEmpty(row) || _items.Inputs.Learns is { } learns && !learns[row])
            {
                passed.AsSpan(row * n, n).Clear();
            }
        }

        return passed;
    }

    // The features of the numbers; they are the last ones of a row.
    private void Write()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable inference = no_grad();
        (int n, int k, SparseRows features) = (_space.Mean.Length, _space.NumberOfDirections, _items.Inputs.Features);
        Tensor centred = tensor(_numbers).view(-1, n) - tensor(_space.Mean);
        float[] mapped = centred.mm(tensor(_space.Directions).view(n, k)).contiguous().data<float>().ToArray();
        for (int row = 0; row < features.NumberOfRows; row++)
        {
            if (!features.IsEmpty(row))
            {
                mapped.AsSpan(row * k, k).CopyTo(features.Values.AsSpan(features.Offsets[row + 1] - k, k));
            }
        }
    }
}
