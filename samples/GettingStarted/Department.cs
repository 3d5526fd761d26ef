using System.Globalization;

namespace GettingStarted;

/// <summary>A part of the shop.</summary>
/// <param name="Lines">What is bought step by step, the best seller first; each is its products in order.</param>
/// <param name="Singles">What is bought for itself, the best seller first.</param>
/// <param name="ChoosesOneLine">Whether a customer stays with one line: one camera system, but many series of books.</param>
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

    /// <summary>The products of each line; some lines are shorter by a step or two.</summary>
    private static string[][] Combine(string[] lines, string[] steps) =>
        [.. lines.Select((line, i) => steps.Take(steps.Length - (i % 3)).Select(step => line + step).ToArray())];
}
