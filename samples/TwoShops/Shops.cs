namespace TwoShops;

/// <summary>
/// Two invented shops. A line about a product says what kind of thing it is and where it belongs (a series of kitchen ware, the place where a book is set). Customers follow
/// the series or the place, whatever the kind: that is what a language model cannot know of the texts alone.
/// </summary>
internal static class Shops
{
    public const string Kitchen = "kitchen", Books = "books";

    private static readonly string[] s_series = ["Alder", "Brook", "Cinder", "Dune", "Elm", "Fjord", "Glen", "Harbour"];

    private static readonly string[] s_kitchenware =
    [
        "saucepan with a glass lid, two litres", "frying pan with a long handle", "soup ladle made of steel", "balloon whisk for eggs and cream", "mixing bowl with a spout",
        "chopping board of oiled wood", "kettle that whistles", "teapot for four cups", "cheese grater with two sides", "colander for pasta and salad",
    ];

    private static readonly string[] s_places = ["Iceland", "Lisbon", "Kyoto", "the Sahara", "Patagonia", "Venice", "Alaska", "Zanzibar"];

    private static readonly string[] s_genres =
    [
        "crime novel about a detective and a murder", "guide for travellers with maps and hotels", "cookery book with recipes for the family", "history of kings, wars and trade",
        "love story between two strangers", "photo album in black and white", "collection of modern poems", "biography of a famous explorer", "spy thriller of the cold war",
        "picture book for small children",
    ];

    /// <summary>All products, each shop's in an order that says nothing.</summary>
    public static Product[] Products(int seed)
    {
        var random = new Random(seed);
        string[] kitchen = [.. from series in s_series from kind in s_kitchenware select KitchenText(series, kind)];
        string[] books = [.. from place in s_places from genre in s_genres select BookText(place, genre)];
        random.Shuffle(kitchen);
        random.Shuffle(books);
        return
        [
            .. kitchen.Select((text, i) => new Product($"K-{i + 1:D2}", Kitchen, text)),
            .. books.Select((text, i) => new Product($"B-{i + 1:D2}", Books, text)),
        ];
    }

    /// <summary>What customers bought, in order; each buys in one shop.</summary>
    public static History[] Customers(Product[] products, int seed, int numberInEach)
    {
        var random = new Random(seed);
        Dictionary<string, string> idOf = products.ToDictionary(product => product.Text, product => product.ItemId);
        return
        [
            .. Enumerable.Range(1, numberInEach).Select(i => new History($"cook {i}", Kitchen, [.. Visit(s_series, s_kitchenware, KitchenText)])),
            .. Enumerable.Range(1, numberInEach).Select(i => new History($"reader {i}", Books, [.. Visit(s_places, s_genres, BookText)])),
        ];

        // Mostly another thing of the same theme, sometimes of another one
        IEnumerable<string> Visit(string[] themes, string[] kinds, Func<string, string, string> textOf)
        {
            string theme = themes[random.Next(themes.Length)];
            string[] order = [.. kinds];
            random.Shuffle(order);
            foreach (string kind in order.Take(random.Next(4, 8)))
            {
                theme = random.NextDouble() < .1 ? themes[random.Next(themes.Length)] : theme;
                yield return idOf[textOf(theme, kind)];
            }
        }
    }

    /// <summary>Where a product belongs: the end of its text.</summary>
    public static string ThemeOf(Product product) => product.Text[(product.Text.LastIndexOf(',') + 2)..];

    public static string KitchenText(string series, string kind) => $"{char.ToUpperInvariant(kind[0])}{kind[1..]}, {series} series";

    public static string BookText(string place, string genre) => $"{char.ToUpperInvariant(genre[0])}{genre[1..]}, set in {place}";
}

/// <summary>A product: its number, its shop, and what the shop writes about it.</summary>
internal sealed record Product(string ItemId, string Shop, string Text);

/// <summary>The products that a customer bought, oldest first.</summary>
internal sealed record History(string UserId, string Shop, string[] Items);

/// <summary>A product and the vector of its text.</summary>
internal sealed class ProductVector
{
    public string ItemId { get; set; } = "";

    public float[] Features { get; set; } = [];
}
