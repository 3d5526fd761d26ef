using System.Text;

namespace Microsoft.ML.Hydra.Cli.Tests;

/// <summary>A small seeded csv in which item n + 1 mostly follows item n.</summary>
internal static class ShopData
{
    public const int Users = 60;
    public const int Items = 20;

    public static string Csv()
    {
        var random = new Random(3);
        var text = new StringBuilder("userId,itemId,timestamp\n");
        for (int user = 0; user < Users; user++)
        {
            int item = random.Next(Items);
            for (int time = 0; time < 8; time++)
            {
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"u{user},\"item, {item}\",{time}\n");
                item = random.NextDouble() < 0.9 ? (item + 1) % Items : random.Next(Items);
            }
        }

        return text.ToString();
    }
}
