using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Features;

/// <summary>
/// How the words and numbers of items become features: <c>x = [words | numbers]</c>. Words: the weights of an item's tokens, with norm 1. Numbers: centred
/// and whitened, with a mean square norm of 1, or very many of them scaled to norm 1. Fitted on items with events. Immutable.
/// </summary>
/// <param name="Words">The tokens that count; null without words.</param>
/// <param name="Numbers">What is done to numbers; null without numbers.</param>
internal sealed record FeatureSpace(WordSpace? Words, NumberSpace? Numbers)
{
    /// <summary>F: features of an item.</summary>
    public int NumberOfFeatures => (Words?.Tokens.Length ?? 0) + (Numbers?.NumberOfDirections ?? 0);

    /// <summary>The features of items; a row is empty where nothing is known of the item.</summary>
    /// <param name="content">What is known of the items.</param>
    /// <param name="first">The first item row.</param>
    /// <param name="count">How many rows.</param>
    public SparseRows Map(ItemContent content, int first, int count)
    {
        var rows = new SparseRowsBuilder();
        for (int row = first; row < first + count; row++)
        {
            if (row < content.IsDescribed.Length && content.IsDescribed[row])
            {
                Words?.AddTo(rows, content.Tokens![row]!);
                Numbers?.AddTo(rows, Words?.Tokens.Length ?? 0, content.Numbers!, row);
            }

            rows.EndRow();
        }

        return rows.Build(NumberOfFeatures);
    }
}

/// <summary>The tokens that count and their weights: the inverse document frequency, less for pairs and beginnings than for words.</summary>
/// <param name="Tokens">The tokens, ascending.</param>
/// <param name="Weights">Their weights.</param>
internal sealed record WordSpace(int[] Tokens, float[] Weights)
{
    /// <summary>A token that only one item has says nothing of others.</summary>
    private const int FewestItems = 2;

    /// <summary>Most tokens that count, those of the most items: each has a row of the map, trained as an item vector is.</summary>
    public const int MostTokens = 200_000;

    /// <summary>Finds the tokens of several items.</summary>
    /// <param name="tokens">The tokens of each item; null of one that is not described.</param>
    /// <param name="most">Most tokens that count.</param>
    public static WordSpace Fit(IEnumerable<int[]?> tokens, int most = MostTokens)
    {
        var counts = new Dictionary<int, int>();
        int items = 0;
        foreach (int[] ofItem in tokens.OfType<int[]>())
        {
            items++;
            foreach (int token in ofItem)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(counts, token, out _)++;
            }
        }

        int[] kept =
        [
            .. counts.Where(token => token.Value >= FewestItems)
                .OrderByDescending(token => token.Value).ThenBy(token => token.Key).Take(most).Select(token => token.Key).Order(),
        ];
        return new WordSpace(kept, Array.ConvertAll(kept, token => (float)(WeightOf(WordTokens.KindOf(token)) * Math.Log((items + 1.0) / counts[token]))));
    }

    /// <summary>Adds the weights of an item's tokens to the current row, scaled to norm 1.</summary>
    public void AddTo(SparseRowsBuilder rows, int[] tokens)
    {
        double squares = 0;
        foreach (int token in tokens)
        {
            int place = Array.BinarySearch(Tokens, token);
            squares += place < 0 ? 0 : Weights[place] * (double)Weights[place];
        }

        foreach (int token in tokens)
        {
            int place = Array.BinarySearch(Tokens, token);
            if (place >= 0)
            {
                rows.Add(place, (float)(Weights[place] / Math.Sqrt(squares)));
            }
        }
    }

    private static double WeightOf(TokenKind kind) => kind switch
    {
        TokenKind.Pair => 0.7,
        TokenKind.Prefix => 0.3,
        _ => 1,
    };
}

/// <summary>
/// Centres numbers and whitens them: <c>(x − mean) D</c>. More numbers than <see cref="WidestWhitened"/> are scaled to length 1 instead. A number that is
/// not known counts as its mean.
/// </summary>
/// <param name="Mean">Mean of each number, <c>[n]</c>.</param>
/// <param name="Directions">D, <c>[n, k]</c>, the scale included; empty where numbers are not whitened.</param>
internal sealed record NumberSpace(float[] Mean, float[] Directions)
{
    /// <summary>More numbers are not whitened, as the time grows with the cube of their number. Saved models depend on this.</summary>
    public const int WidestWhitened = 2048;

    /// <summary>k.</summary>
    public int NumberOfDirections => IsWhitened(Mean) ? Directions.Length / Mean.Length : Mean.Length;

    /// <summary>Adds the features of an item to the current row, from a column on.</summary>
    public void AddTo(SparseRowsBuilder rows, int firstColumn, SparseRows numbers, int row)
    {
        if (!IsWhitened(Mean))
        {
            AddInputs(rows, firstColumn, Mean, numbers, row);
            return;
        }

        Span<double> sums = new double[NumberOfDirections];
        float[] centred = Centre(Mean, numbers, row);
        for (int i = 0; i < centred.Length; i++)
        {
            for (int k = 0; centred[i] != 0 && k < sums.Length; k++)
            {
                sums[k] += centred[i] * (double)Directions[(i * sums.Length) + k];
            }
        }

        for (int k = 0; k < sums.Length; k++)
        {
            rows.Add(firstColumn + k, (float)sums[k]);
        }
    }

    /// <summary>The mean of each number over those of some items that are known.</summary>
    /// <param name="numbers">The numbers of each item row; NaN is not known.</param>
    /// <param name="rows">The items.</param>
    public static float[] MeanOf(SparseRows numbers, IReadOnlyList<int> rows)
    {
        var sums = new double[numbers.NumberOfColumns];
        var unknown = new int[sums.Length];
        foreach (int row in rows)
        {
            ReadOnlySpan<int> columns = numbers.ColumnsOf(row);
            ReadOnlySpan<float> values = numbers.ValuesOf(row);
            for (int i = 0; i < columns.Length; i++)
            {
                bool isKnown = !float.IsNaN(values[i]);
                sums[columns[i]] += isKnown ? values[i] : 0;
                unknown[columns[i]] += isKnown ? 0 : 1;
            }
        }

        return [.. sums.Select((sum, i) => (float)(sum / Math.Max(1, rows.Count - unknown[i])))];
    }

    /// <summary>Adds what a linear map of an item's numbers reads to the current row: the centred numbers, or those of length 1.</summary>
    public static void AddInputs(SparseRowsBuilder rows, int firstColumn, float[] mean, SparseRows numbers, int row)
    {
        if (IsWhitened(mean))
        {
            float[] centred = Centre(mean, numbers, row);
            for (int i = 0; i < centred.Length; i++)
            {
                rows.Add(firstColumn + i, centred[i]);
            }

            return;
        }

        ReadOnlySpan<int> columns = numbers.ColumnsOf(row);
        float[] values = numbers.ValuesOf(row).ToArray();
        double squares = 0;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = float.IsNaN(values[i]) ? mean[columns[i]] : values[i];
            squares += values[i] * (double)values[i];
        }

        for (int i = 0; i < values.Length && squares > 0; i++)
        {
            rows.Add(firstColumn + columns[i], (float)(values[i] / Math.Sqrt(squares)));
        }
    }

    /// <summary>The numbers of an item minus their means.</summary>
    public static float[] Centre(float[] mean, SparseRows numbers, int row)
    {
        float[] centred = Array.ConvertAll(mean, number => -number);
        ReadOnlySpan<int> columns = numbers.ColumnsOf(row);
        ReadOnlySpan<float> values = numbers.ValuesOf(row);
        for (int i = 0; i < columns.Length; i++)
        {
            centred[columns[i]] = float.IsNaN(values[i]) ? 0 : values[i] - mean[columns[i]];
        }

        return centred;
    }

    /// <summary>Whether numbers of these means are centred and whitened; more numbers are scaled to length 1.</summary>
    public static bool IsWhitened(float[] mean) => mean.Length <= WidestWhitened;
}
