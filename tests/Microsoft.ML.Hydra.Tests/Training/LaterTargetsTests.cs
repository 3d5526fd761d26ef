using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Training;

public sealed class LaterTargetsTests
{
    private const int Events = 40;

    // One sequence of the items 1 to 40, of which 39 may be used
    private static readonly SequenceDataset s_data = new([.. Enumerable.Range(1, Events)], [0, Events], Events);
    private static readonly SequenceWindow[] s_windows = [new(0, 20, 18), new(0, 0, 20)];

    [Fact]
    public void A_rate_of_0_leaves_the_next_events() => Assert.Equal(Next(), Draw(0, new Random(1)));

    [Fact]
    public void A_rate_of_1_takes_each_of_the_ten_events_after_the_next()
    {
        var drawn = new Dictionary<long, HashSet<long>>();
        var random = new Random(1);
        for (int draw = 0; draw < 200; draw++)
        {
            foreach ((long next, long target) in Next().Zip(Draw(1, random)))
            {
                drawn.TryAdd(next, []);
                drawn[next].Add(target);
            }
        }

        foreach ((long next, HashSet<long> targets) in drawn)
        {
            long last = Math.Min(next + LaterTargets.Reach, Events - 1);    // the last event is not to be used
            Assert.Equal(next == last ? [next] : Enumerable.Range((int)next + 1, (int)(last - next)).Select(item => (long)item), targets.Order());
        }
    }

    [Fact]
    public void The_rate_is_the_share_of_targets_drawn()
    {
        (int drawn, int all) = (0, 0);
        var random = new Random(1);
        for (int draw = 0; draw < 500; draw++)
        {
            // The last event that may be used has none after it.
            (long Next, long Target)[] pairs = [.. Next().Zip(Draw(0.3, random)).Where(pair => pair.First < Events - 1)];
            drawn += pairs.Count(pair => pair.Target != pair.Next);
            all += pairs.Length;
        }

        Assert.InRange(drawn / (double)all, 0.28, 0.32);
    }

    [Fact]
    public void The_seed_decides_the_draws()
    {
        Assert.Equal(Draw(0.5, new Random(3)), Draw(0.5, new Random(3)));
        Assert.NotEqual(Draw(0.5, new Random(3)), Draw(0.5, new Random(4)));
    }

    private static long[] Next() => [.. Enumerable.Range(22, 18), .. Enumerable.Range(2, 20)];

    private static long[] Draw(double rate, Random random)
    {
        long[] targets = new SequenceBatcher(s_data, [Events - 1], 20, 100).Build(s_windows).Targets;
        new LaterTargets(s_data, [Events - 1], rate).Draw(s_windows, targets, random);
        return targets;
    }
}
