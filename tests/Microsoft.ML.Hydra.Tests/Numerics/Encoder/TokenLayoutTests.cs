using CsCheck;
using Microsoft.ML.Hydra.Numerics;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics.Encoder;

public sealed class TokenLayoutTests
{
    [Fact]
    public void Slots_share_out_all_tiles_and_all_sequences_in_order() => Gen.Int[1, 400].Array[1, 300].Sample(
        lengths =>
        {
            var layout = new TokenLayout(lengths);
            Assert.Equal(lengths.Sum(), layout.Tokens);
            Assert.Equal(lengths.Length, layout.Sequences);
            Assert.Equal(lengths.Max(), layout.LongestSequence);
            Assert.Equal((0, layout.Tiles), (layout.FirstTile(0), layout.FirstTile(layout.Slots)));
            Assert.Equal((0, layout.Sequences), (layout.FirstSequence(0), layout.FirstSequence(layout.Slots)));
            for (int slot = 0; slot < layout.Slots; slot++)
            {
                Assert.True(layout.FirstTile(slot) < layout.FirstTile(slot + 1));
                Assert.True(layout.FirstSequence(slot) <= layout.FirstSequence(slot + 1));
            }
        },
        iter: 300,
        threads: 1);

    [Fact]
    public void Sequences_lie_one_after_another()
    {
        var layout = new TokenLayout([3, 1, 4]);
        Assert.Equal([0, 3, 4, 8], Enumerable.Range(0, 4).Select(layout.Offset));
    }

    [Fact]
    public void An_empty_sequence_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new TokenLayout([3, 0]));

    [Fact]
    public void A_batch_refuses_items_that_do_not_fit_the_lengths()
    {
        var error = Assert.Throws<ArgumentException>(() => new TokenBatch([1, 2], [0, 1], [3]));
        Assert.Contains("3 tokens", error.Message, StringComparison.Ordinal);
    }
}
