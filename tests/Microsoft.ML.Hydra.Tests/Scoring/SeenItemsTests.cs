using CsCheck;
using Microsoft.ML.Hydra.Scoring;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Scoring;

public sealed class SeenItemsTests
{
    [Fact]
    public void They_are_the_distinct_rows_in_order_in_whatever_order_they_are_added() => Gen.Int[1, 60].Array[0, 40].Array[0, 6].Sample(pieces =>
    {
        var seen = new SeenItems();
        foreach (int[] piece in pieces)
        {
            seen.Add(piece);
        }

        Assert.Equal(pieces.SelectMany(piece => piece).Distinct().Order(), seen.Rows.ToArray());
    });

    [Fact]
    public void A_copy_is_independent()
    {
        var seen = new SeenItems();
        seen.Add([4, 2]);
        var copy = new SeenItems();
        copy.CopyFrom(seen);
        copy.Add([3]);

        Assert.Equal([2, 4], seen.Rows.ToArray());
        Assert.Equal([2, 3, 4], copy.Rows.ToArray());
    }
}
