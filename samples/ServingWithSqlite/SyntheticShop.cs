namespace ServingWithSqlite;

/// <summary>A made-up shop whose customers equip themselves step by step: the same clicks for the same seed, on every machine.</summary>
internal static class SyntheticShop
{
    private static readonly string[] s_brands = ["Tarn", "Boreal", "Sierra"];

    // What is looked at in this order, whatever the brand.
    private static readonly string[][] s_equipment =
    [
        ["Tent", "Groundsheet", "Sleeping Bag", "Mat", "Stove", "Pot Set", "Lantern", "Awning"],
        ["Bicycle", "Helmet", "Front Light", "Pannier", "Mudguards", "Floor Pump", "Chain Oil", "Saddle"],
        ["Camera Body", "35 mm Lens", "Spare Battery", "Camera Bag", "Tripod", "Flash", "Lens Hood", "Polariser"],
        ["Espresso Machine", "Grinder", "Milk Jug", "Tamper", "Knock Box", "Descaler", "Filter Basket", "Cups"],
    ];

    /// <summary>The history of each customer, who follows two pieces of equipment at a time and now and then leaves out a step.</summary>
    public static IEnumerable<CustomerHistory> Simulate(int seed, int numberOfCustomers)
    {
        var random = new Random(seed);
        for (int customer = 0; customer < numberOfCustomers; customer++)
        {
            Queue<string>[] plans = [.. random.GetItems(s_equipment, 2).Distinct().Select(equipment => Plan(equipment, random))];
            var items = new List<string>();
            while (plans.Where(plan => plan.Count > 0).ToArray() is { Length: > 0 } open)
            {
                items.Add(open[random.Next(open.Length)].Dequeue());
            }

            yield return new CustomerHistory { Items = [.. items] };
        }
    }

    private static Queue<string> Plan(string[] equipment, Random random)
    {
        string brand = s_brands[random.Next(s_brands.Length)];
        return new Queue<string>(equipment.Where(_ => random.NextDouble() < 0.9).Select(step => $"{brand} {step}"));
    }
}
