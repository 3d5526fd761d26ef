using Microsoft.ML.Data;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>
/// The items of <see cref="Shelves"/> in words: the shelf, the kind and a colour. Four items in a row are of one kind, so the words say what is bought next
/// to what. And items that no customer has met.
/// </summary>
internal static class Wares
{
    private static readonly string[] s_shelves = ["kitchen", "garden", "office"];
    private static readonly string[] s_kinds =
    [
        "cup", "plate", "pan", "knife", "spoon", "spade", "hose", "seed", "pot", "rake", "pen", "paper", "lamp", "desk", "chair",
    ];

    private static readonly string[] s_colours = ["red", "blue", "green", "white"];

    /// <summary>A new item whose words are those of items 21 to 24.</summary>
    public static readonly (string Item, string Text) Spade = ("new spade", "Garden spade, large");

    /// <summary>A new item whose words are those of items 41 to 44.</summary>
    public static readonly (string Item, string Text) Pen = ("new pen", "office PEN black");

    /// <summary>A new item with words that no other item has.</summary>
    public static readonly (string Item, string Text) Riddle = ("riddle", "quixotic zephyr");

    /// <summary>The words of an item of <see cref="Shelves"/>, by its number.</summary>
    public static string Text(int item) => $"{s_shelves[(item - 1) / 20]} {s_kinds[(item - 1) / 4]} {s_colours[(item - 1) % 4]}";

    /// <summary>All items of <see cref="Shelves"/> with their words.</summary>
    public static (string Item, string Text)[] All() => [.. Enumerable.Range(1, Shelves.NumberOfItems).Select(item => (Shelves.Name(item), Text(item)))];

    /// <summary>A row an item, with words.</summary>
    public static IDataView Load<T>(MLContext mlContext, params (T Item, string Text)[] items) =>
        mlContext.Data.LoadFromEnumerable(items.Select(item => new Ware<T> { ItemId = item.Item, Text = item.Text }).ToArray());

    /// <summary>A row an item, with words and numbers.</summary>
    public static IDataView LoadNumbers<T>(MLContext mlContext, params (T Item, string Text, float[] Numbers)[] items) =>
        mlContext.Data.LoadFromEnumerable(items.Select(item => new NumberedWare<T> { ItemId = item.Item, Text = item.Text, Features = item.Numbers }).ToArray());

    /// <summary>Two numbers of an item of <see cref="Shelves"/>: its shelf and its place there.</summary>
    public static float[] Numbers(int item) => [(item - 1) / 20, (item - 1) % 20];
}

/// <summary>A row of a view of items with words.</summary>
internal sealed class Ware<T>
{
    public T ItemId { get; set; } = default!;

    public string Text { get; set; } = "";
}

/// <summary>A row of a view of items with words and numbers.</summary>
internal sealed class NumberedWare<T>
{
    public T ItemId { get; set; } = default!;

    public string Text { get; set; } = "";

    [VectorType(2)]
    public float[] Features { get; set; } = [];
}
