using CsCheck;
using Microsoft.ML.Hydra.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Training;

public sealed class WindowCutterTests
{
    private static readonly Gen<(int Events, int Maximum, int Seed)> Cases = Gen.Select(Gen.Int[0, 120], Gen.Int[1, 30], Gen.Int);

    [Fact]
    public void Every_event_but_the_first_is_predicted_once_by_as_few_windows_as_possible() => Cases.Sample(
        (events, maximum, seed) =>
        {
            List<SequenceWindow> windows = Cut(events, maximum, seed);

            int next = 0;
            foreach (SequenceWindow window in windows)
            {
                Assert.Equal(7, window.Sequence);
                Assert.Equal(next, window.Start);
                Assert.InRange(window.Length, 1, maximum);
                next += window.Length;
            }

            Assert.Equal(Math.Max(events - 1, 0), next);
            Assert.Equal((int)Math.Ceiling(Math.Max(events - 1, 0) / (double)maximum), windows.Count);

            // Only the outer windows are short.
            Assert.All(windows.Skip(1).SkipLast(1), window => Assert.Equal(maximum, window.Length));
        },
        iter: 3000,
        threads: 1);

    [Fact]
    public void Borders_occur_at_every_possible_place()
    {
        // 12 predictions in 3 windows of at most 5: the first has 2, 3, 4 or 5.
        int[] first = [.. Enumerable.Range(0, 200).Select(seed => Cut(13, 5, seed)[0].Length).Distinct().Order()];
        Assert.Equal([2, 3, 4, 5], first);
    }

    [Fact]
    public void A_sequence_that_fits_is_one_window()
    {
        Assert.Equal([new SequenceWindow(7, 0, 5)], Cut(6, 5, 1));
        Assert.Equal([new SequenceWindow(7, 0, 1)], Cut(2, 5, 1));
        Assert.Empty(Cut(1, 5, 1));
        Assert.Empty(Cut(0, 5, 1));
    }

    [Fact]
    public void The_longest_windows_do_not_overflow() =>
        Assert.Equal([new SequenceWindow(7, 0, 2_000_000_000)], Cut(2_000_000_001, 2_000_000_000, 1));

    private static List<SequenceWindow> Cut(int events, int maximum, int seed)
    {
        var windows = new List<SequenceWindow>();
        WindowCutter.Cut(7, events, maximum, new Random(seed), windows);
        return windows;
    }
}
