using Microsoft.ML.Data;
using Microsoft.ML.Hydra.Features;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Numerics;

namespace Microsoft.ML.Hydra.Tests.Features;

/// <summary>What is known of items, without a view.</summary>
internal static class ItemSamples
{
    /// <summary>Words and numbers of items 1 and up; null for an item of which nothing is known.</summary>
    public static ItemContent Of(string?[]? texts, SparseRows? numbers = null)
    {
        int items = texts?.Length ?? (numbers!.NumberOfRows - 1);
        int[]?[]? tokens = texts is null ? null : [null, .. texts.Select(text => text is null ? null : WordTokens.Of([text.AsMemory()]))];
        bool[] described = [.. Enumerable.Range(0, items + 1).Select(row => row > 0 && texts?[row - 1] is not null | texts is null)];
        return new ItemContent(new KeyItemVocabulary(new KeyDataViewType(typeof(uint), items), null), tokens, numbers, described);
    }

    /// <summary>Numbers of items 1 and up, those not known NaN.</summary>
    public static ItemContent OfNumbers(params float[][] numbers) => Of(null, Numerics.SparseSamples.Of(numbers[0].Length, [[], .. numbers]));

    /// <summary>Random numbers of items with linear dependence between columns.</summary>
    public static float[][] RandomNumbers(int seed, int items, int columns)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, items).Select(_ =>
        {
            float[] row = [.. Enumerable.Range(0, columns).Select(_ => (float)((random.NextDouble() * 4) - 1))];
            row[^1] = row[0] + (0.5f * row[^1]);
            return row;
        })];
    }
}
