using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Scoring;

namespace Microsoft.ML.Hydra.Evaluation;

/// <summary>
/// The items most alike to the last item of a history: an item scores the cosine between its words and those of the last item, plus that between their
/// numbers. Fitted to the items with events, exact over all items, those without events among them. Immutable and safe for many threads.
/// </summary>
internal sealed class TextNeighbors
{
    private readonly Popularity _popularity;
    private readonly WordCosines? _words;
    private readonly NumberCosines? _numbers;

    /// <param name="content">What is known of the items.</param>
    /// <param name="popularity">Popularity of the same items in the train set; it orders items with equal scores.</param>
    public TextNeighbors(ItemContent content, Popularity popularity)
    {
        _popularity = popularity;
        var fitted = new List<int>();
        for (int row = 1; row < popularity.Counts.Length; row++)
        {
            if (popularity.Counts[row] > 0 && content.IsDescribed[row])
            {
                fitted.Add(row);
            }
        }

        _words = content.Tokens is { } tokens ? new WordCosines(tokens, WordSpace.Fit(fitted.Select(row => tokens[row]))) : null;
        _numbers = content.Numbers is not null ? new NumberCosines(content, fitted) : null;
    }

    /// <inheritdoc cref="BatchScorer"/>
    /// <remarks>The scores are ordinal, as those of <see cref="LinkScorer"/>.</remarks>
    public void Score(ReadOnlySpan<int> items, ReadOnlySpan<float> times, ReadOnlySpan<int> offsets, Span<float> scores)
    {
        int width = _popularity.Places.Length;
        var lastItems = new int[offsets.Length - 1];
        for (int history = 0; history < lastItems.Length; history++)
        {
            lastItems[history] = items[offsets[history + 1] - 1];
        }

        scores = scores[..checked(lastItems.Length * width)];
        if (_numbers is null)
        {
            scores.Clear();
        }
        else
        {
            _numbers.Compute(lastItems, scores);
        }

        var ordinal = new OrdinalScores(_popularity);
        for (int history = 0; history < lastItems.Length; history++)
        {
            Span<float> row = scores.Slice(history * width, width);
            _words?.AddTo(row, lastItems[history]);
            ordinal.Replace(row);
        }
    }
}

/// <summary>Cosines between the words of one item and those of all items, by the items that have each token.</summary>
internal sealed class WordCosines
{
    private readonly SparseRows _tokens;   // weights of the tokens of each item, norm 1
    private readonly SparseRows _items;    // the same by token

    /// <param name="tokens">The tokens of each item row; null of an item that is not described.</param>
    /// <param name="space">The tokens that count.</param>
    public WordCosines(int[]?[] tokens, WordSpace space)
    {
        var rows = new SparseRowsBuilder();
        foreach (int[]? ofItem in tokens)
        {
            space.AddTo(rows, ofItem ?? []);
            rows.EndRow();
        }

        _tokens = rows.Build(space.Tokens.Length);
        _items = _tokens.Transpose();
    }

    /// <summary>Adds the cosines with one item.</summary>
    /// <param name="scores"><c>[NumberOfItems + 1]</c>.</param>
    /// <param name="item">Its row.</param>
    public void AddTo(Span<float> scores, int item)
    {
        ReadOnlySpan<int> tokens = _tokens.ColumnsOf(item);
        ReadOnlySpan<float> weights = _tokens.ValuesOf(item);
        for (int i = 0; i < tokens.Length; i++)
        {
            ReadOnlySpan<int> others = _items.ColumnsOf(tokens[i]);
            ReadOnlySpan<float> values = _items.ValuesOf(tokens[i]);
            for (int j = 0; j < others.Length; j++)
            {
                scores[others[j]] += weights[i] * values[j];
            }
        }
    }
}

/// <summary>Cosines between the numbers of some items and those of all items. The numbers are centred by their means; one that is not known is its mean.</summary>
internal sealed class NumberCosines
{
    private readonly ItemContent _content;
    private readonly float[] _mean;
    private readonly PackedRows _unit;

    /// <param name="content">What is known of the items.</param>
    /// <param name="fitted">Rows of the items whose means are taken.</param>
    public NumberCosines(ItemContent content, IReadOnlyList<int> fitted)
    {
        _content = content;
        _mean = NumberSpace.MeanOf(content.Numbers!, fitted);
        int rows = content.IsDescribed.Length;
        var vectors = new float[checked(rows * _mean.Length)];
        for (int row = 0; row < rows; row++)
        {
            Write(row, vectors.AsSpan(row * _mean.Length, _mean.Length));
        }

        _unit = new PackedRows(vectors, rows, _mean.Length);
    }

    /// <summary>Computes the cosines.</summary>
    /// <param name="items">Rows of the items to compare with all.</param>
    /// <param name="cosines">Receives <c>[items, NumberOfItems + 1]</c>.</param>
    public void Compute(ReadOnlySpan<int> items, Span<float> cosines)
    {
        var queries = new float[items.Length * _mean.Length];
        for (int i = 0; i < items.Length; i++)
        {
            Write(items[i], queries.AsSpan(i * _mean.Length, _mean.Length));
        }

        _unit.Multiply(queries, cosines);
    }

    // The centred numbers of an item with norm 1; zeros where nothing is known of it.
    private void Write(int row, Span<float> vector)
    {
        if (!_content.IsDescribed[row])
        {
            return;
        }

        float[] centred = NumberSpace.Centre(_mean, _content.Numbers!, row);
        double norm = Math.Sqrt(centred.Sum(number => number * (double)number));
        for (int i = 0; norm > 0 && i < centred.Length; i++)
        {
            vector[i] = (float)(centred[i] / norm);
        }
    }
}
