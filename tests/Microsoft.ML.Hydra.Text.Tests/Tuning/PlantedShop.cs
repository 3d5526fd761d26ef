using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Text.Tuning;

/// <summary>
/// A shop in which words do not show what belongs together: an item's text has the word of its group, but each group has three words for the same thing, so
/// that a language model that knows nothing of the shop takes two thirds of a group for foreign. Users stay within a group.
/// </summary>
internal sealed class PlantedShop
{
    public const int Groups = 6;
    private const int ItemsOfGroup = 9;

    /// <param name="firstWord">Words of the shop start here.</param>
    /// <param name="prefix">Before the ids of the items.</param>
    /// <param name="seed">Draws texts and histories.</param>
    public PlantedShop(int firstWord = 0, string prefix = "i", int seed = 5)
    {
        var random = new Random(seed);
        for (int item = 0; item < Groups * ItemsOfGroup; item++)
        {
            int group = item / ItemsOfGroup, synonym = item % 3;
            Items.Add(new Item { ItemId = $"{prefix}{item}", Text = $"w{firstWord + (group * 3) + synonym} w{firstWord + 18 + random.Next(10)}", Shop = prefix });
        }

        for (int user = 0; user < 150; user++)
        {
            int group = random.Next(Groups);
            int[] order = [.. Enumerable.Range(0, ItemsOfGroup)];
            random.Shuffle(order);
            Sequences.Add(new Sequence { Items = [.. order.Take(6).Select(item => $"{prefix}{(group * ItemsOfGroup) + item}")], Shop = prefix });
        }
    }

    public List<Item> Items { get; } = [];

    public List<Sequence> Sequences { get; } = [];

    public sealed class Item
    {
        public string ItemId { get; set; } = "";

        public string Text { get; set; } = "";

        public string Shop { get; set; } = "";
    }

    public sealed class Sequence
    {
        [VectorType]
        public string[] Items { get; set; } = [];

        public string Shop { get; set; } = "";
    }
}
