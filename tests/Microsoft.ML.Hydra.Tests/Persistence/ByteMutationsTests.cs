using Xunit;

namespace Microsoft.ML.Hydra.Tests.Persistence;

public sealed class ByteMutationsTests
{
    [Fact]
    public void The_same_seed_gives_the_same_damage_and_every_copy_is_damaged()
    {
        byte[] source = [.. Enumerable.Range(0, 200).Select(i => (byte)i)];

        List<(string Description, byte[] Bytes)> first = [.. ByteMutations.Of(source, 7, 300)];
        List<(string Description, byte[] Bytes)> second = [.. ByteMutations.Of(source, 7, 300)];

        Assert.Equal(300, first.Count);
        Assert.Equal(first.Select(m => Convert.ToHexString(m.Bytes)), second.Select(m => Convert.ToHexString(m.Bytes)));
        Assert.DoesNotContain(first, m => m.Bytes.SequenceEqual(source));
        Assert.Equal(12, first.Select(m => m.Description.Split(": ")[1]).Distinct().Count());
    }

    [Fact]
    public void Even_a_single_byte_can_be_damaged()
    {
        Assert.All(ByteMutations.Of([42], 1, 100), mutation => Assert.NotEqual<byte>([42], mutation.Bytes));
    }
}
