using CsCheck;
using Microsoft.ML.Hydra.Numerics;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics;

public sealed class RankingTests
{
    // Few distinct scores, so that ties, NaN and infinities meet often.
    private static readonly Gen<float> s_score = Gen.OneOf(
        Gen.Int[-3, 3].Select(i => i * 0.5f), Gen.Const(float.NaN), Gen.Const(float.NegativeInfinity), Gen.Const(float.PositiveInfinity));

    private static readonly Gen<(float[] Scores, bool[] Excluded)> s_catalog =
        Gen.Int[1, 200].SelectMany(n => Gen.Select(s_score.Array[n], Gen.Bool.Array[n]));

    [Fact]
    public void TopK_equals_a_full_sort() => Gen.Select(s_catalog, Gen.Int[1, 210]).Sample((catalog, k) =>
    {
        (float[] scores, bool[] excluded) = catalog;
        int[] expected = [.. SortAll(scores, excluded).Take(k)];
        var rows = new int[k];
        var top = new float[k];

        int count = Ranking.TopK(scores, k, Mask(excluded), rows, top);

        Assert.Equal(expected, rows[..count]);
        Assert.Equal(expected.Select(r => Order(scores[r])), top[..count]);
    });

    [Fact]
    public void RankOf_equals_the_place_in_a_full_sort() => Gen.Select(s_catalog, Gen.Int[0, 199]).Sample((catalog, pick) =>
    {
        (float[] scores, bool[] excluded) = catalog;
        int label = pick % scores.Length;
        int expected = Array.IndexOf(SortAll(scores, excluded), label) + 1;

        Assert.Equal(expected, Ranking.RankOf(scores, label, Mask(excluded)));
    });

    [Fact]
    public void Without_a_mask_every_row_but_padding_is_a_candidate()
    {
        float[] scores = [9, 1, 2, 2];
        var rows = new int[4];
        var top = new float[4];

        Assert.Equal(3, Ranking.TopK(scores, 4, default, rows, top));
        Assert.Equal([2, 3, 1], rows[..3]);
        Assert.Equal(0, Ranking.RankOf(scores, 0, default));
        Assert.Equal(1, Ranking.RankOf(scores, 2, default));
        Assert.Equal(0, Ranking.RankOf(scores, 4, default));
    }

    [Fact]
    public void No_candidates_give_no_rows()
    {
        var rows = new int[5];
        var top = new float[5];

        Assert.Equal(0, Ranking.TopK([1f, 2f, 3f], 5, new CandidateMask([ulong.MaxValue]), rows, top));
        Assert.Equal(0, Ranking.TopK([1f], 5, default, rows, top));
    }

    private static int[] SortAll(float[] scores, bool[] excluded) =>
        [.. Enumerable.Range(1, scores.Length - 1).Where(r => !excluded[r]).OrderByDescending(r => Order(scores[r])).ThenBy(r => r)];

    private static float Order(float score) => float.IsNaN(score) ? float.NegativeInfinity : score;

    private static CandidateMask Mask(bool[] excluded)
    {
        var words = new ulong[CandidateMask.WordCount(excluded.Length)];
        for (int r = 0; r < excluded.Length; r++)
        {
            words[r / 64] |= excluded[r] ? 1UL << (r % 64) : 0;
        }

        return new CandidateMask(words);
    }
}
