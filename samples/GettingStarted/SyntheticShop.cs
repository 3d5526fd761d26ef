using System.Globalization;

namespace GettingStarted;

/// <summary>A made-up shop: the same customers and purchases for the same seed, on every machine.</summary>
internal static class SyntheticShop
{
    /// <summary>The shop's purchases over two years, in order of time.</summary>
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
