using CsCheck;
using Microsoft.ML.Hydra.Numerics;
using Microsoft.ML.Hydra.Tests.Model;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Numerics.Encoder;

public sealed class TimeBlocksTests
{
    [Fact]
    public void Blocks_follow_each_other_and_have_places_of_their_own() => Gen.Int[1, 5000].Array[1, 20].Sample(
        lengths =>
        {
            var blocks = new TimeBlocks(TinyModel.Sizes);
            var places = new HashSet<int>();
            int first = 0;
            foreach (int length in lengths)
            {
                int count = blocks.Count(length);
                Assert.Equal((0, length), (blocks.Start(length, 0), blocks.Start(length, count)));
                int[] sizes = [.. Enumerable.Range(0, count).Select(i => blocks.Start(length, i + 1) - blocks.Start(length, i))];
                Assert.InRange(sizes.Max() - sizes.Min(), 0, 1);
                Assert.All(Enumerable.Range(1, count - 1), block =>
                    Assert.True(places.Add(blocks.Place(first + blocks.Start(length, block)))));
                first += length;
            }

            Assert.All(places, place => Assert.InRange(place, 0, blocks.Places(first) - 1));
        },
        iter: 200,
        threads: 1);
}
