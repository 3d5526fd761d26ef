using Microsoft.ML.Hydra.Items;
using Microsoft.ML.Hydra.Training;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Training;

/// <summary>Batches hold sequences of one domain, and events of others are context: no target, and never drawn as one.</summary>
public sealed class DomainBatchTests
{
    // Items 1 to 4 are of domain 0, items 5 to 8 of domain 1.
    private static readonly ItemDomains s_domains = new(["a", "b"], [-1, 0, 0, 0, 0, 1, 1, 1, 1]);

    private static readonly SequenceDataset s_data = new SequenceDataset(
        [1, 5, 2, 6, 3, 5, 1, 6, 2, 7, 4, 1, 2, 3, 5, 6, 7], [0, 5, 10, 14, 17], 8).InDomains(s_domains, [0, 1, 0, 1]);

    private static int[] Lengths => [.. Enumerable.Range(0, s_data.Count).Select(i => s_data[i].Length)];

    [Fact]
    public void A_batch_holds_sequences_of_one_domain_and_targets_of_it()
    {
        var batcher = new SequenceBatcher(s_data, Lengths, 50, 1000);
        for (int epoch = 1; epoch <= 20; epoch++)
        {
            List<SequenceWindow[]> batches = batcher.Epoch(new Random(epoch));

            Assert.Equal(2, batches.Count);
            Assert.All(batches, windows => Assert.Single(windows.Select(window => s_data.DomainOf(window.Sequence)).Distinct()));
            SequenceBatch first = batcher.Build(batches.Single(windows => s_data.DomainOf(windows[0].Sequence) == 0));
            Assert.Equal(0, first.Domain);
            Assert.Equal([1, 5, 2, 6, 4, 1, 2], first.Items);
            Assert.Equal([0, 2, 0, 3, 1, 2, 3], first.Targets);
        }
    }

    [Fact]
    public void A_window_without_a_target_is_left_out()
    {
        // Of windows of two events, those of the first sequence that predict items 5 and 6 only have no target.
        var data = new SequenceDataset([1, 5, 6, 7, 2], [0, 5], 8).InDomains(s_domains, [0]);
        var batcher = new SequenceBatcher(data, [5], 2, 1000);

        SequenceWindow[] windows = [.. Enumerable.Range(1, 30).SelectMany(epoch => batcher.Epoch(new Random(epoch))).SelectMany(batch => batch)];

        Assert.All(windows, window => Assert.Equal(4, window.Start + window.Length));
    }

    [Fact]
    public void Later_targets_are_of_the_domain()
    {
        var later = new LaterTargets(s_data, Lengths, 1);
        SequenceWindow[] windows = [new(1, 0, 4)];
        var drawn = new HashSet<long>();
        for (int seed = 0; seed < 100; seed++)
        {
            SequenceBatch batch = new SequenceBatcher(s_data, Lengths, 50, 1000).Build(windows);
            later.Draw(windows, batch.Targets, new Random(seed));
            drawn.UnionWith(batch.Targets);
        }

        Assert.Equal([0, 6, 7], drawn.Order());    // never 1 and 2, which are in the history too
    }
}
