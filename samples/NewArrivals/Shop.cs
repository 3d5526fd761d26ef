namespace NewArrivals;

/// <summary>An invented shop: the same seed gives the same customers and purchases on every machine.</summary>
internal sealed class Shop
{
    private const int MostPurchases = 12;

    // A customer mostly goes on to the next kind of product of an activity, in the same make and style.
    private static readonly Department[] s_departments =
    [
        new("camping", ["Tarn", "Boreal", "Sierra"], ["ultralight", "family"], ["tent", "sleeping bag", "mat", "stove", "pot set", "lantern", "folding chair"]),
        new("cycling", ["Kestrel", "Gravelhound", "Velora"], ["racing", "touring"], ["bicycle", "helmet", "front light", "pannier", "mudguards", "floor pump", "saddle"]),
        new("coffee", ["Brava", "Filtra", "Moka"], ["compact", "steel"], ["espresso machine", "grinder", "milk jug", "tamper", "knock box", "cup set", "scale"]),
        new("knitting", ["Highland", "Nordlys", "Cosy"], ["merino", "alpaca"], ["yarn", "needles", "stitch markers", "row counter", "pattern book", "yarn bowl", "wool wash"]),
        new("photography", ["Lumo", "Optika", "Fjell"], ["mirrorless", "analogue"], ["camera", "lens", "battery", "flash", "tripod", "camera bag", "polariser"]),
        new("gardening", ["Meadow", "Orchard", "Fernhill"], ["balcony", "cottage"], ["planter", "potting soil", "seeds", "watering can", "pruner", "trellis", "gloves"]),
    ];

    private Shop(List<Product> products, List<Purchase> purchases) => (Products, Purchases) = (products, purchases);

    /// <summary>All products with what the shop writes about them.</summary>
    public List<Product> Products { get; }

    /// <summary>The purchases, each customer's in order.</summary>
    public List<Purchase> Purchases { get; }

    /// <summary>Products that arrive after the training, and for each a customer who bought what comes before it.</summary>
    public static (Product Product, string Customer, string[] Bought)[] Arrivals { get; } =
    [
        (new("N-1", "Tarn ultralight sleeping bag for winter, orange"), "Anna", ["Sierra family lantern", "Tarn ultralight tent"]),
        (new("N-2", "Kestrel touring helmet with rear light, for cycling in the city"), "Bela", ["Velora racing saddle", "Kestrel touring bicycle"]),
        (new("N-3", "Filtra steel grinder for coffee, quiet"), "Chen", ["Moka compact scale", "Filtra steel espresso machine"]),
    ];

    /// <summary>Opens the shop for some customers.</summary>
    public static Shop Simulate(int seed, int numberOfCustomers)
    {
        var random = new Random(seed);
        var products = new List<Product>();
        products.AddRange(
            from department in s_departments
            from kind in department.Kinds
            from make in department.Makes
            from style in department.Styles
            select new Product("", $"{make} {style} {kind} for {department.Activity}"));

        // Numbers in no order: only the words say what a product is.
        int[] numbers = [.. Enumerable.Range(1, products.Count)];
        random.Shuffle(numbers);
        products = [.. products.Select((product, i) => product with { ItemId = $"P-{numbers[i]:D3}" })];

        Dictionary<string, string> numberOf = products.ToDictionary(product => product.Name, product => product.ItemId);
        var purchases = new List<Purchase>();
        for (int customer = 1; customer <= numberOfCustomers; customer++)
        {
            purchases.AddRange(Visit(random).Select((name, time) => new Purchase($"customer {customer}", numberOf[name], time)));
        }

        return new Shop(products, purchases);
    }

    private static IEnumerable<string> Visit(Random random)
    {
        Department? department = null;
        (int make, int style, int kind) = (0, 0, 0);
        for (int purchase = random.Next(MostPurchases / 2); purchase < MostPurchases; purchase++)
        {
            if (department is null || kind >= department.Kinds.Length || random.NextDouble() < 0.1)
            {
                department = s_departments[random.Next(s_departments.Length)];
                (make, style, kind) = (random.Next(department.Makes.Length), random.Next(department.Styles.Length), random.Next(3));
            }

            make = random.NextDouble() < 0.1 ? random.Next(department.Makes.Length) : make;
            yield return $"{department.Makes[make]} {department.Styles[style]} {department.Kinds[kind]}";
            kind += random.NextDouble() < 0.85 ? 1 : 2;
        }
    }
}

/// <summary>A product: its number, and what the shop writes about it.</summary>
internal sealed record Product(string ItemId, string Text)
{
    /// <summary>The text up to the activity: make, style and kind.</summary>
    public string Name => Text.Split(" for ")[0];
}

/// <summary>A part of the shop.</summary>
/// <param name="Activity">What its products are for.</param>
/// <param name="Makes">The makes of each product.</param>
/// <param name="Styles">The styles of each make.</param>
/// <param name="Kinds">The kinds of products in the order in which they are bought.</param>
internal sealed record Department(string Activity, string[] Makes, string[] Styles, string[] Kinds);

/// <summary>One purchase.</summary>
internal sealed record Purchase(string UserId, string ItemId, int Timestamp);
