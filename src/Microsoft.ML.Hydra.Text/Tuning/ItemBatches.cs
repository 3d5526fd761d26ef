namespace Microsoft.ML.Hydra.Text.Tuning;

/// <summary>
/// The steps of a pass: every item with links once, in a new order each pass. A step has items of one domain; the steps of the domains are mixed. The
/// items of a domain are divided evenly, so that no step is much smaller than the others.
/// </summary>
/// <param name="domainItems">The items of each domain.</param>
/// <param name="batchSize">Most items of a step.</param>
internal sealed class ItemBatches(IReadOnlyList<int[]> domainItems, int batchSize)
{
    /// <summary>Steps of a pass.</summary>
    public int Count => domainItems.Sum(items => StepsOf(items.Length));

    /// <summary>The steps of a pass.</summary>
    /// <param name="random">Orders the items and the steps.</param>
    public List<(int Domain, int[] Items)> Next(Random random)
    {
        var steps = new List<(int, int[])>();
        for (int domain = 0; domain < domainItems.Count; domain++)
        {
            int[] items = [.. domainItems[domain]];
            random.Shuffle(items);
            int count = StepsOf(items.Length);
            for (int step = 0; step < count; step++)
            {
                steps.Add((domain, items[(int)((long)step * items.Length / count)..(int)((step + 1L) * items.Length / count)]));
            }
        }

        random.Shuffle(CollectionsMarshal.AsSpan(steps));
        return steps;
    }

    private int StepsOf(int items) => (items + batchSize - 1) / batchSize;
}
