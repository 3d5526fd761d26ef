using System.Globalization;

namespace GettingStarted;

/// <summary>An invented shop: the same seed gives the same customers and purchases on every machine.</summary>
internal static class SyntheticShop
{
    /// <summary>The purchases of two years, in order of time.</summary>
    /// <param name="seed">Seed of everything random.</param>
    /// <param name="numberOfCustomers">How many customers.</param>
    public static List<Interaction> Simulate(int seed, int numberOfCustomers)
    {
        var random = new Random(seed);
        var opening = new DateTime(2023, 1, 2, 8, 0, 0, DateTimeKind.Utc);
        var purchases = new List<Interaction>();
        for (int i = 1; i <= numberOfCustomers; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"customer-{i:D4}");
            var customer = new Customer(random);
            int count = 8 + (int)(60 * Math.Pow(random.NextDouble(), 2));
            double daysBetween = 600.0 / count;
            DateTime time = opening.AddDays(100 * random.NextDouble());
            for (int purchase = 0; purchase < count; purchase++)
            {
                purchases.Add(new Interaction(name, customer.Buy(), time));
                time = time.AddSeconds(Math.Ceiling(-86_400 * daysBetween * Math.Log(1 - random.NextDouble())) + 1);
            }
        }

        purchases.Sort((a, b) => a.Timestamp.CompareTo(b.Timestamp));
        return purchases;
    }
}

/// <summary>One purchase.</summary>
internal sealed record Interaction(string UserId, string ItemId, DateTime Timestamp);

/// <summary>
/// One customer: two products bought again at regular intervals; a few product lines bought at the same time, each in its order and
/// mostly in turn; favourite departments that change over the years; products that belong together; and sometimes any other product.
/// </summary>
internal sealed class Customer(Random random)
{
    private const int MostLinesAtOnce = 5;
    private const int NumberOfFavourites = 3;
    private const int NumberOfHabits = 2;

    private readonly List<LineInProgress> _lines = [];
    private readonly List<(string Product, int Due)> _goesTogether = [];
    private readonly HashSet<string> _bought = [];
    private readonly HashSet<string[]> _begun = [];
    private readonly Department[] _favourites =
        [.. Enumerable.Range(0, NumberOfFavourites).Select(_ => Skewed(random, Department.All, skew: 1.3))];

    private readonly List<Habit> _habits = [];
    private int _purchases;

    /// <summary>Chooses the next product.</summary>
    public string Buy()
    {
        string product = Choose();
        _purchases++;
        _bought.Add(product);
        return product;
    }

    private string Choose()
    {
        if (random.NextDouble() < 0.03)
        {
            _favourites[random.Next(NumberOfFavourites)] = Skewed(random, Department.All, skew: 1.3);
        }

        if (DueHabit() is { } habit && random.NextDouble() < 0.9)
        {
            habit.Due = _purchases + habit.Rhythm;
            return habit.Product;
        }

        int due = _goesTogether.FindIndex(next => next.Due <= _purchases);
        if (due >= 0)
        {
            string product = _goesTogether[due].Product;
            _goesTogether.RemoveAt(due);
            return product;
        }

        double mood = random.NextDouble();
        if (mood < 0.08)
        {
            return NewSingle(Skewed(random, Department.All, skew: 1.3));
        }

        if (mood < 0.11 && _bought.Count > 0)
        {
            return _bought.ElementAt(random.Next(_bought.Count));
        }

        return mood < 0.72 && _lines.Count > 0 ? GoOn() : BeginSomething();
    }

    /// <summary>A habit that is due; new customers get their habits first.</summary>
    private Habit? DueHabit()
    {
        if (_habits.Count < NumberOfHabits)
        {
            Department department = _favourites[random.Next(NumberOfFavourites)];
            string product = Skewed(random, department.Singles, skew: 1.8);
            _habits.Add(new Habit(product, Rhythm: random.Next(4, 9)) { Due = _purchases + random.Next(4) });
        }

        return _habits.Find(habit => habit.Due <= _purchases);
    }

    /// <summary>The next product of a line in progress, mostly of the line that has waited longest.</summary>
    private string GoOn()
    {
        LineInProgress line = random.NextDouble() < 0.65
            ? _lines.MinBy(l => l.LastPurchase)!
            : _lines[random.Next(_lines.Count)];
        line.Next += random.NextDouble() < 0.06 && line.Next + 1 < line.Products.Length ? 1 : 0;
        line.LastPurchase = _purchases;
        string product = line.Products[line.Next++];
        if (line.Next == line.Products.Length || random.NextDouble() < 0.02)
        {
            _lines.Remove(line);
        }

        return product;
    }

    private string BeginSomething()
    {
        Department department = _favourites[random.Next(NumberOfFavourites)];
        string[] products = Skewed(random, department.Lines, skew: 1.5);
        bool isOpen = _lines.Count < MostLinesAtOnce && !(department.ChoosesOneLine && department.Lines.Any(_begun.Contains));
        if (isOpen && random.NextDouble() < 0.6 && _begun.Add(products))
        {
            _lines.Add(new LineInProgress(products) { Next = 1, LastPurchase = _purchases });
            return products[0];
        }

        string single = NewSingle(department);
        if (random.NextDouble() < 0.4)
        {
            // A product's companion is the next of its department.
            string companion = department.Singles[(Array.IndexOf(department.Singles, single) + 1) % department.Singles.Length];
            _goesTogether.Add((companion, _purchases + random.Next(1, 4)));
        }

        return single;
    }

    /// <summary>A single product; a few attempts look for one that the customer does not have.</summary>
    private string NewSingle(Department department)
    {
        string single = Skewed(random, department.Singles, skew: 1.8);
        for (int look = 0; look < 4 && _bought.Contains(single); look++)
        {
            single = Skewed(random, department.Singles, skew: 1.2);
        }

        return single;
    }

    /// <summary>One of the choices; a larger skew prefers earlier ones more.</summary>
    private static T Skewed<T>(Random random, T[] choices, double skew) =>
        choices[(int)(choices.Length * Math.Pow(random.NextDouble(), skew))];

    /// <summary>A product that is bought again after a number of purchases.</summary>
    private sealed record Habit(string Product, int Rhythm)
    {
        /// <summary>Number of purchases after which it is due.</summary>
        public int Due { get; set; }
    }

    private sealed class LineInProgress(string[] products)
    {
        public string[] Products { get; } = products;

        public int Next { get; set; }

        public int LastPurchase { get; set; }
    }
}

/// <summary>A part of the shop.</summary>
/// <param name="Lines">Products that are bought step by step: lines, the best seller first, each with its products in order.</param>
/// <param name="Singles">Products that are bought alone, the best seller first.</param>
/// <param name="ChoosesOneLine">Whether a customer buys only one line: one camera system, but many series of books.</param>
internal sealed record Department(string[][] Lines, string[] Singles, bool ChoosesOneLine)
{
    /// <summary>All departments of the shop, the busiest first.</summary>
    public static Department[] All { get; } =
    [
        Series(", Vol. {0}", 9,
            ["Harbour Detective", "Inspector Vale", "Cold Fjord", "The Locksmith", "Night Ferry"],
            ["Reading Lamp", "Bookends", "Leather Bookmark", "Book Stand", "Armchair Tray", "Page Holder", "Reading Glasses Case"]),
        Systems([" Espresso Machine", " Grinder", " Milk Jug", " Descaler", " Filter Basket", " Knock Box", " Tamper", " Spare Gasket"],
            ["Brava", "Moka One", "Nordic Drip", "Filtra"],
            ["House Blend Beans", "Coffee Filters No. 4", "Decaf Beans", "Coffee Filters No. 2", "Cappuccino Cups", "Single Origin Beans", "Sugar Sticks", "Cold Brew Bottle"]),
        Series(", Book {0}", 8,
            ["Ember Crown", "The Glass Forest", "Dragonwright", "Salt and Thorn", "Moonharbour"],
            ["Map Poster", "Dragon Mug", "Wax Seal Kit", "Parchment Notebook", "Dice Set", "Rune Candle", "Velvet Cloak"]),
        Series(" {0}", 6,
            ["Trail Runner", "City Sprint", "Cloud Pace", "Fell Master"],
            ["Running Socks", "Energy Gels", "Headlamp", "Hydration Vest", "Reflective Band", "Foam Roller", "Cap", "Blister Plasters"]),
        Series(" #{0}", 10,
            ["Captain Quasar", "Ronin Street", "Paper Tigers", "Kitchen Samurai"],
            ["Comic Sleeves", "Collector Box", "Drawing Pens", "Poster Frame", "Enamel Pin", "Sticker Sheet"]),
        Systems([" Camera Body", " 35 mm Lens", " Spare Battery", " 85 mm Lens", " Flash", " Lens Hood", " Polariser", " Macro Lens", " Grip"],
            ["Lumo", "Optika", "Fjell"],
            ["Memory Card", "Camera Bag", "Tripod", "Cleaning Cloth", "Wrist Strap", "Photo Album", "Card Reader"]),
        Series(", Part {0}", 7,
            ["Italian in Steps", "Japanese in Steps", "Spanish in Steps", "Swedish in Steps"],
            ["Vocabulary Cards", "Pocket Dictionary", "Exercise Book", "Headphones", "Phrase Book", "Wall Map"]),
        Systems([" Bicycle", " Helmet", " Front Light", " Pannier", " Mudguards", " Chain", " Brake Pads", " Saddle"],
            ["Gravelhound", "Velo Roma", "Kestrel"],
            ["Puncture Kit", "Chain Oil", "Bottle Cage", "Cycling Gloves", "Floor Pump", "Rain Cape", "Multi Tool"]),
        Series(", Expansion {0}", 7,
            ["Isles of Skye", "Deep Orbit", "Market Day", "Wolf Winter"],
            ["Card Sleeves", "Score Pad", "Dice Tower", "Game Mat", "Token Tray", "Travel Chess"]),
        Systems([" Locomotive", " Track Oval", " Switch Pair", " Station", " Goods Wagons", " Signal Set", " Tunnel", " Passenger Coach", " Bridge"],
            ["Alpine Line", "Harbour Line", "Old Town Line"],
            ["Model Trees", "Track Cleaner", "Gravel Bag", "Figures Set", "Hobby Knife", "Acrylic Paints"]),
        Systems([" Tent", " Groundsheet", " Sleeping Bag", " Mat", " Stove", " Pot Set", " Lantern", " Awning"],
            ["Tarn", "Boreal", "Sierra"],
            ["Gas Cartridge", "Tent Pegs", "Insect Spray", "Folding Chair", "Dry Bag", "Camping Mug", "Fire Starter"]),
        Series(", Pattern {0}", 8,
            ["Highland Knits", "Cosy Socks", "Nordic Yokes", "Little Ones"],
            ["Merino Wool Grey", "Merino Wool Blue", "Bamboo Needles", "Stitch Markers", "Row Counter", "Wool Wash", "Cable Needle"]),
    ];

    private static Department Series(string format, int count, string[] lines, string[] singles) =>
        new(Combine(lines, [.. Enumerable.Range(1, count).Select(n => string.Format(CultureInfo.InvariantCulture, format, n))]), singles, ChoosesOneLine: false);

    private static Department Systems(string[] parts, string[] lines, string[] singles) =>
        new(Combine(lines, parts), singles, ChoosesOneLine: true);

    /// <summary>The products of each line; some lines lack the last one or two steps.</summary>
    private static string[][] Combine(string[] lines, string[] steps) =>
        [.. lines.Select((line, i) => steps.Take(steps.Length - (i % 3)).Select(step => line + step).ToArray())];
}
