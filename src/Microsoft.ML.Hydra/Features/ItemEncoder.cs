using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Features;

/// <summary>
/// The trained map from words and numbers to item vectors, <c>z = W^T x</c>, with the feature space folded in: an item that arrives after the training gets
/// its vector from it. Plain arrays, immutable.
/// </summary>
internal sealed class ItemEncoder
{
    // A vector with larger parts keeps its direction only, so that its length is a number.
    private const double Largest = 1e18;

    // Names that a message lists one by one
    private const int MostNames = 16;

    /// <param name="width">d: width of the vectors.</param>
    /// <param name="words">The tokens that count; null without words.</param>
    /// <param name="wordMap">Their rows of W, <c>[tokens, d]</c>; empty without words.</param>
    /// <param name="mean">Mean of each number, <c>[n]</c>; empty without numbers.</param>
    /// <param name="numberMap">From centred numbers, or from very many of length 1, to vectors, <c>[n, d]</c>; empty without numbers.</param>
    public ItemEncoder(int width, WordSpace? words, float[] wordMap, float[] mean, float[] numberMap) =>
        (Width, Words, WordMap, Mean, NumberMap) = (width, words, wordMap, mean, numberMap);

    /// <summary>d.</summary>
    public int Width { get; }

    /// <summary>The tokens that count; null without words.</summary>
    public WordSpace? Words { get; }

    /// <summary>Rows of the map for the tokens.</summary>
    public float[] WordMap { get; }

    /// <summary>Mean of each number.</summary>
    public float[] Mean { get; }

    /// <summary>Rows of the map for the numbers.</summary>
    public float[] NumberMap { get; }

    /// <summary>Names of the texts that the words come from, as the column's slots are named; empty where they have no names.</summary>
    public IReadOnlyList<string> TextNames { get; init; } = [];

    /// <summary>Names of the numbers, as the column's slots are named; empty where they have no names.</summary>
    public IReadOnlyList<string> NumberNames { get; init; } = [];

    /// <summary>Folds a feature space and the map that was trained over it.</summary>
    /// <param name="space">The space.</param>
    /// <param name="map">W, <c>[F, d]</c>.</param>
    /// <param name="width">d.</param>
    /// <param name="content">What the space was fitted on.</param>
    public static ItemEncoder Fold(FeatureSpace space, float[] map, int width, ItemContent content)
    {
        int words = (space.Words?.Tokens.Length ?? 0) * width;
        float[] numberMap = space.Numbers switch
        {
            null => [],
            { Directions.Length: 0 } => map[words..],    // not whitened
            var numbers => FoldDirections(numbers, map.AsSpan(words), width),
        };

        // In half precision, as they are stored: a loaded model makes the same vectors.
        float[] wordMap = Array.ConvertAll(map[..words], value => (float)(Half)value);
        return new ItemEncoder(width, space.Words, wordMap, space.Numbers?.Mean ?? [], new HalfRows(numberMap, width).Values())
        {
            TextNames = content.TextNames, NumberNames = space.Numbers is null ? [] : content.NumberNames,
        };
    }

    private static float[] FoldDirections(NumberSpace numbers, ReadOnlySpan<float> map, int width)
    {
        var folded = new float[numbers.Mean.Length * width];
        Span<double> sums = new double[width];
        for (int i = 0; i < numbers.Mean.Length; i++)
        {
            sums.Clear();
            for (int k = 0; k < numbers.NumberOfDirections; k++)
            {
                double direction = numbers.Directions[(i * numbers.NumberOfDirections) + k];
                for (int c = 0; c < width; c++)
                {
                    sums[c] += direction * map[(k * width) + c];
                }
            }

            for (int c = 0; c < width; c++)
            {
                folded[(i * width) + c] = (float)sums[c];
            }
        }

        return folded;
    }

    /// <summary>Throws unless a view of new items has the columns that the encoder reads. Their names are those of the training, so another column is copied.</summary>
    /// <exception cref="ArgumentException">A column is missing, or has no words.</exception>
    public void CheckColumns(DataViewSchema schema, ItemColumns columns)
    {
        Require(columns.Id, "the item", $"copy the column with the item to \"{columns.Id}\" with Transforms.CopyColumns");
        if (Words is not null)
        {
            DataViewType type = Require(columns.Text, "words", "add it, empty where nothing is known").Type;
            if ((type is VectorDataViewType vector ? vector.ItemType : type) is not TextDataViewType)
            {
                throw new ArgumentException(
                    $"Column \"{columns.Text}\" of the view of items is of type {type}, but the model reads words in it; convert it to text with Transforms.Conversion.ConvertType (DataKind.String).");
            }
        }

        if (Mean.Length > 0)
        {
            Require(columns.Features, "numbers", "add it, with NaN where a number is not known");
        }

        DataViewSchema.Column Require(string name, string holds, string cure) => schema.GetColumnOrNull(name) ?? throw new ArgumentException(
            $"The view of items has no column \"{name}\" with {holds}, which the model reads; {cure}.");
    }

    /// <summary>Throws unless some content has as many numbers as the encoder reads, under the same names.</summary>
    /// <exception cref="ArgumentException">The content holds other numbers than in the training.</exception>
    public void Check(ItemContent content, ItemColumns columns)
    {
        if (Mean.Length > 0 && content.Numbers!.NumberOfColumns != Mean.Length)
        {
            throw new ArgumentException(
                $"Column \"{columns.Features}\" of the view of items has {content.Numbers.NumberOfColumns} numbers for an item, but the model was trained with {Mean.Length}; give the same numbers in the same order.");
        }

        CheckNames(columns.Features, NumberNames, Mean.Length > 0 ? content.NumberNames : []);
    }

    private static void CheckNames(string column, IReadOnlyList<string> trained, IReadOnlyList<string> given)
    {
        if (trained.Count > 0 && given.Count > 0 && !trained.SequenceEqual(given))
        {
            throw new ArgumentException(
                $"Column \"{column}\" of the view of items holds {List(given)}, but the model was trained with {List(trained)}; give the same numbers in the same order.");
        }

        // The numbers of a text vector are hundreds.
        static string List(IReadOnlyList<string> names) => names.Count <= MostNames
            ? string.Join(", ", names)
            : FormattableString.Invariant($"{names[0]}, {names[1]}, … {names[^1]} ({names.Count})");
    }

    /// <summary>The vector of an item.</summary>
    /// <param name="content">What is known of items.</param>
    /// <param name="row">The item.</param>
    /// <param name="vector">Receives <c>[d]</c>.</param>
    /// <returns>Whether anything is known of it: a token that counts, or a number.</returns>
    public bool Encode(ItemContent content, int row, Span<float> vector)
    {
        vector.Clear();
        if (!content.IsDescribed[row])
        {
            return false;
        }

        bool known = false;
        Span<double> sums = new double[Width];
        if (Words is not null && content.Tokens is { } tokens)
        {
            var words = new SparseRowsBuilder();
            Words.AddTo(words, tokens[row]!);
            known |= Add(words, WordMap, sums);
        }

        if (Mean.Length > 0 && content.Numbers is { } numbers)
        {
            var inputs = new SparseRowsBuilder();
            NumberSpace.AddInputs(inputs, 0, Mean, numbers, row);
            bool hasInputs = Add(inputs, NumberMap, sums);
            known |= NumberSpace.IsWhitened(Mean) ? HasNumber(numbers, row) : hasInputs;
        }

        double largest = 0;
        foreach (double sum in sums)
        {
            largest = Math.Max(largest, Math.Abs(sum));
        }

        for (int c = 0; c < vector.Length; c++)
        {
            vector[c] = (float)(largest > Largest ? sums[c] * (Largest / largest) : sums[c]);
        }

        return known;
    }

    // Zeros are not stored, numbers that are not known are.
    private static bool HasNumber(SparseRows numbers, int row)
    {
        ReadOnlySpan<float> values = numbers.ValuesOf(row);
        return values.Length < numbers.NumberOfColumns || values.ContainsAnyExcept(float.NaN);
    }

    // Whether the row holds anything
    private bool Add(SparseRowsBuilder row, float[] map, Span<double> sums)
    {
        row.EndRow();
        SparseRows built = row.Build(map.Length / Width);
        ReadOnlySpan<int> columns = built.ColumnsOf(0);
        ReadOnlySpan<float> values = built.ValuesOf(0);
        for (int i = 0; i < columns.Length; i++)
        {
            ReadOnlySpan<float> weights = map.AsSpan(columns[i] * Width, Width);
            double value = Math.Clamp(values[i], float.MinValue, float.MaxValue);    // far from the mean, it may overflow
            for (int c = 0; c < sums.Length; c++)
            {
                sums[c] += value * weights[c];
            }
        }

        return !built.IsEmpty(0);
    }
}

/// <summary>
/// Rows in half precision, each times a power of two: the map of a number has the inverse of the number's unit, which half precision alone could not hold.
/// Rows that were rounded stay the same when they are rounded again.
/// </summary>
internal sealed class HalfRows
{
    private readonly int _width;

    /// <param name="rows">The rows.</param>
    /// <param name="width">Length of a row.</param>
    public HalfRows(float[] rows, int width)
    {
        (_width, Scales, Halves) = (width, new float[rows.Length / width], new Half[rows.Length]);
        for (int row = 0; row < Scales.Length; row++)
        {
            float scale = Scales[row] = ScaleOf(rows.AsSpan(row * width, width));
            for (int i = row * width; i < (row + 1) * width; i++)
            {
                Halves[i] = (Half)(rows[i] / scale);
            }
        }
    }

    /// <param name="scales">The power of two of each row.</param>
    /// <param name="halves">The rows divided by it.</param>
    public HalfRows(float[] scales, Half[] halves) => (_width, Scales, Halves) = (halves.Length / Math.Max(1, scales.Length), scales, halves);

    /// <summary>The power of two of each row.</summary>
    public float[] Scales { get; }

    /// <summary>The rows divided by it, −1 to 1.</summary>
    public Half[] Halves { get; }

    /// <summary>The rows as they were rounded.</summary>
    public float[] Values() => [.. Halves.Select((half, i) => (float)half * Scales[i / _width])];

    // The smallest power of two that no number exceeds
    private static float ScaleOf(ReadOnlySpan<float> row)
    {
        float largest = 0;
        foreach (float value in row)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        float below = largest > 0 ? MathF.ScaleB(1, MathF.ILogB(largest)) : 1;
        return largest > below && below < float.MaxValue / 2 ? 2 * below : below;
    }
}
