using CsCheck;
using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Training;

public sealed class SequenceBatcherTests
{
    private static readonly Gen<(int[] Lengths, int Maximum, int Tokens, int Seed)> Cases =
        Gen.Select(Gen.Int[0, 60].Array[1, 40], Gen.Int[1, 25], Gen.Int[1, 120], Gen.Int);

    [Fact]
    public void An_epoch_predicts_every_event_once_within_the_bound() => Cases.Sample(
        (lengths, maximum, tokens, seed) =>
        {
            SequenceDataset data = Dataset(lengths);
            var batcher = new SequenceBatcher(data, lengths, maximum, tokens);
            var seen = new List<(int sequence, int position)>();
            foreach (SequenceWindow[] windows in batcher.Epoch(new Random(seed)))
            {
                Assert.True(windows.Length == 1 || windows.Sum(w => w.Length) <= tokens);
                seen.AddRange(windows.SelectMany(w => Enumerable.Range(w.Start, w.Length).Select(t => (w.Sequence, t))));
            }

            Assert.Equal(lengths.SelectMany((length, s) => Enumerable.Range(0, Math.Max(length - 1, 0)).Select(t => (s, t))), seen.Order());
        },
        iter: 150,
        threads: 1);

    [Fact]
    public void Events_beyond_the_lengths_given_are_left_out()
    {
        SequenceDataset data = Dataset([5, 4]);
        var batcher = new SequenceBatcher(data, [3, 1], 10, 100);
        Assert.Equal([new SequenceWindow(0, 0, 2)], Assert.Single(batcher.Epoch(new Random(1))));
    }

    [Fact]
    public void A_batch_lays_windows_out_one_after_another()
    {
        SequenceDataset data = Dataset([6, 4]);   // sequence s holds 100 s + 1, 100 s + 2, …
        SequenceBatch batch = new SequenceBatcher(data, [6, 4], 10, 100).Build([new(0, 2, 3), new(1, 0, 1), new(1, 1, 2)]);

        Assert.Equal([3, 1, 2], batch.Lengths);
        Assert.Equal([3, 4, 5, 101, 102, 103], batch.Items);
        Assert.Equal([2, 3, 4, 0, 1, 2], batch.Positions);
        Assert.Equal([4, 5, 6, 102, 103, 104], batch.Targets);
    }

    [Fact]
    public void Targets_are_the_events_that_follow() => Cases.Sample(
        (lengths, maximum, tokens, seed) =>
        {
            SequenceDataset data = Dataset(lengths);
            var batcher = new SequenceBatcher(data, lengths, maximum, tokens);
            foreach (SequenceWindow[] windows in batcher.Epoch(new Random(seed)))
            {
                SequenceBatch batch = batcher.Build(windows);
                Assert.Equal(windows.Select(window => window.Length), batch.Lengths);
                Assert.Equal(batch.Lengths.Sum(), batch.Items.Length);
                Assert.Equal(batch.Items.Select(item => item + 1L), batch.Targets);
                Assert.Equal(batch.Items.Select(item => item % 100 - 1), batch.Positions);
                Assert.DoesNotContain(0, batch.Items);
            }
        },
        iter: 200,
        threads: 1);

    [Fact]
    public void The_seed_decides_the_epoch()
    {
        int[] lengths = SkewedLengths(200);
        var batcher = new SequenceBatcher(Dataset(lengths), lengths, 20, 100);

        List<SequenceWindow[]> one = batcher.Epoch(new Random(1)), same = batcher.Epoch(new Random(1)), other = batcher.Epoch(new Random(2));

        Assert.Equal(one, same);
        Assert.NotEqual(one.SelectMany(b => b), other.SelectMany(b => b));
        Assert.NotEqual(one.SelectMany(b => b).Order(Comparer<SequenceWindow>.Create(Compare)), other.SelectMany(b => b).Order(Comparer<SequenceWindow>.Create(Compare)));   // cut anew

        static int Compare(SequenceWindow a, SequenceWindow b) => (a.Sequence, a.Start).CompareTo((b.Sequence, b.Start));
    }

    [Fact]
    public void Batches_are_not_ordered_by_length()
    {
        int[] lengths = SkewedLengths(400);
        int[] longest = [.. new SequenceBatcher(Dataset(lengths), lengths, 90, 200).Epoch(new Random(1)).Select(b => b.Max(w => w.Length))];
        Assert.NotEqual(longest.OrderDescending(), longest);
        Assert.NotEqual(longest.Order(), longest);
    }

    [Fact]
    public void Little_is_padding_on_skewed_lengths()
    {
        int[] lengths = SkewedLengths(3000);
        List<SequenceWindow[]> epoch = new SequenceBatcher(Dataset(lengths), lengths, 90, 1000).Epoch(new Random(1));

        long real = epoch.Sum(b => b.Sum(w => (long)w.Length));
        long padded = epoch.Sum(b => (long)b.Length * b.Max(w => w.Length));
        Assert.InRange(padded / (double)real, 1, 1.1);
        Assert.InRange(epoch.Count, real / 1000, real / 1000 * 1.25 + 2);   // and batches are full
    }

    // Most are short, a few long, as histories are.
    private static int[] SkewedLengths(int count)
    {
        var random = new Random(9);
        return [.. Enumerable.Range(0, count).Select(_ => Math.Min(90, 2 + (int)(5 / Math.Sqrt(random.NextDouble() + 1e-3))))];
    }

    private static SequenceDataset Dataset(int[] lengths)
    {
        var offsets = new int[lengths.Length + 1];
        for (int s = 0; s < lengths.Length; s++)
        {
            offsets[s + 1] = offsets[s] + lengths[s];
        }

        return new SequenceDataset(
            [.. lengths.SelectMany((length, s) => Enumerable.Range(100 * s + 1, length))], offsets, 100 * (lengths.Length + 1));
    }
}
