using Microsoft.ML.Hydra.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Training;

public sealed class RandomStreamsTests
{
    // Computed apart from this code, from SplitMix64's published finaliser: runs must be repeatable by later versions.
    [Fact]
    public void Seeds_never_change()
    {
        Assert.Equal(3233633249810115081UL, new RandomStreams(42).Weights);
        Assert.Equal(8451242725986320853UL, new RandomStreams(-1).Weights);
        Assert.Equal(10705738211186751225UL, new RandomStreams(0).Weights);
        Assert.Equal(5286772449821159249UL, new RandomStreams(42).Dropout(0));
        Assert.Equal(11214389557191353561UL, new RandomStreams(42).Dropout(1));
        Assert.Equal(new Random(1701149742).Next(), new RandomStreams(42).ValidationSample().Next());
        Assert.Equal(new Random(974770219).Next(), new RandomStreams(42).Epoch(1).Next());
        Assert.Equal(new Random(-248322504).Next(), new RandomStreams(42).Negatives(7).Next());
    }

    [Fact]
    public void Every_use_every_index_and_every_seed_draws_its_own()
    {
        var seen = new HashSet<ulong>();
        int made = 0;
        foreach (int seed in new[] { 0, 1, 2, -1, int.MaxValue, int.MinValue })
        {
            var random = new RandomStreams(seed);
            Add(random.Weights);
            Add((ulong)random.ValidationSample().NextInt64());
            for (int i = 0; i < 200; i++)
            {
                Add(random.Dropout(i));
                Add((ulong)random.Epoch(i).NextInt64());
                Add((ulong)random.Negatives(i).NextInt64());
            }
        }

        Assert.Equal(made, seen.Count);

        void Add(ulong value)
        {
            made++;
            seen.Add(value);
        }
    }

    [Fact]
    public void Asking_twice_gives_the_same()
    {
        var random = new RandomStreams(5);
        Assert.Equal(random.Dropout(3), random.Dropout(3));
        Assert.Equal(random.Epoch(3).Next(), random.Epoch(3).Next());
    }
}
