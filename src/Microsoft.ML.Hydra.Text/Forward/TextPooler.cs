using Microsoft.ML.Hydra.Text.LanguageModels;

namespace Microsoft.ML.Hydra.Text.Forward;

/// <summary>Makes the vector of a text out of those of its tokens: pooling, then the trained map of a tuned folder.</summary>
internal sealed unsafe class TextPooler
{
    private readonly TextPooling _pooling;
    private readonly int _width;
    private readonly float[]? _projection;

    /// <param name="weights">The model, for its size and its projection.</param>
    /// <param name="pooling">Any but <see cref="TextPooling.Automatic"/>.</param>
    public TextPooler(LanguageModelWeights weights, TextPooling pooling)
    {
        (_pooling, _width) = (pooling, weights.Shape.Width);
        _projection = weights.Tensors.ContainsKey(LanguageModelWeights.Projection) ? weights[LanguageModelWeights.Projection] : null;
    }

    /// <summary>Numbers of a vector.</summary>
    public int Dimension => _projection is null ? _width : _projection.Length / _width;

    /// <summary>Which states of a text are needed.</summary>
    public TextPooling Pooling => _pooling;

    /// <summary>The rows of a text among the states.</summary>
    public int Rows(int tokens) => _pooling == TextPooling.Mean ? tokens : Math.Min(tokens, 1);

    /// <summary>The vector of a text.</summary>
    /// <param name="rows">As <see cref="Rows"/>.</param>
    /// <param name="states">The rows: of each token, or of the one that is needed.</param>
    /// <returns>Numbers of any length; NaN without a row.</returns>
    public float[] Pool(int rows, float* states)
    {
        if (rows == 0)
        {
            return [.. Enumerable.Repeat(float.NaN, Dimension)];
        }

        var pooled = new float[_width];
        for (nint row = 0; row < rows; row++)
        {
            float* state = states + (row * _width);
            for (int i = 0; i < pooled.Length; i++)
            {
                pooled[i] += state[i];
            }
        }

        foreach (ref float value in pooled.AsSpan())
        {
            value /= rows;
        }

        return _projection is null ? pooled : Project(pooled);
    }

    private float[] Project(float[] pooled)
    {
        var projected = new float[Dimension];
        for (int row = 0; row < projected.Length; row++)
        {
            double sum = 0;
            for (int i = 0; i < _width; i++)
            {
                sum += (double)_projection![(row * _width) + i] * pooled[i];
            }

            projected[row] = (float)sum;
        }

        return projected;
    }
}
