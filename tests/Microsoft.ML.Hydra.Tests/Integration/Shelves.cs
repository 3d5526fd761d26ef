using System.Globalization;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>
/// Customers who walk along one of three shelves of 20 items, mostly to the next item, sometimes past one: what comes next
/// can be learned from few of them, and popularity alone says little. No one meets an item twice.
/// </summary>
internal static class Shelves
{
    /// <summary>Items are numbered 1 .. 60.</summary>
    public const int NumberOfItems = 60;

    private const int ShelfLength = 20;

    /// <summary>The items of each customer, oldest first: 5 to 10 of them.</summary>
    public static int[][] Numbers(int customers = 150, int seed = 1)
    {
        var random = new Random(seed);
        var histories = new int[customers][];
        for (int customer = 0; customer < customers; customer++)
        {
            double choice = random.NextDouble();
            int shelf = choice < 0.5 ? 0 : choice < 0.8 ? 1 : 2;
            int place = random.Next(ShelfLength);
            var items = new int[random.Next(5, 11)];
            for (int i = 0; i < items.Length; i++)
            {
                items[i] = 1 + (shelf * ShelfLength) + (place % ShelfLength);
                place += random.NextDouble() < 0.9 ? 1 : 2;
            }

            histories[customer] = items;
        }

        return histories;
    }

    /// <summary>The same with items named by text.</summary>
    public static string[][] Texts(int customers = 150, int seed = 1) => Convert(Numbers(customers, seed), Name);

    /// <summary>The text of an item's number.</summary>
    public static string Name(int item) => string.Create(CultureInfo.InvariantCulture, $"item {item:D2}");

    /// <summary>Every item under another name.</summary>
    public static T[][] Convert<T>(int[][] histories, Func<int, T> name) =>
        [.. histories.Select(items => items.Select(name).ToArray())];

    /// <summary>A row a customer.</summary>
    public static IDataView Load<T>(MLContext mlContext, IEnumerable<T[]> histories) => mlContext.Data.LoadFromEnumerable(Rows(histories));

    /// <summary>A row a customer, as objects.</summary>
    public static IEnumerable<History<T>> Rows<T>(IEnumerable<T[]> histories) =>
        [.. histories.Select((items, customer) => new History<T> { UserId = $"customer {customer}", Items = items })];
}
