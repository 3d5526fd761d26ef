using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.ML.Hydra;

namespace ServingWithSqlite;

/// <summary>
/// Receives clicks and recommends. A click and the state that includes it are stored in one transaction: after a kill both exist or neither,
/// so no click is lost and no click counts twice.
/// </summary>
internal sealed class Server(HydraSequenceRecommendationTransformer model, ShopDatabase shop)
{
    private const int NumberOfRecommendations = 3;

    /// <summary>Receives a click; a repeated delivery has no effect.</summary>
    /// <returns>Recommendations for its user; null for a click that was served before.</returns>
    public RecommendedItem<string>[]? Serve(Click click)
    {
        using SqliteTransaction transaction = shop.Begin();
        if (shop.Find(click.Number) is { } stored)
        {
            return stored == click ? null : throw new InvalidDataException(
                $"Click {click.Number} is stored as {stored.User},{stored.Item}, but now it is {click.User},{click.Item}; a number belongs to one click.");
        }

        using HydraUserState state = ReadState(click.User);
        state.Append(click.Item);
        shop.Add(click);
        shop.WriteState(click.User, state.ToBytes());
        transaction.Commit();
        return state.Recommend<string>(NumberOfRecommendations);
    }

    /// <summary>The user's state after all clicks before this one.</summary>
    private HydraUserState ReadState(string user)
    {
        HydraUserState state;
        if (shop.ReadState(user) is not { } bytes)
        {
            return model.CreateState();
        }

        try
        {
            return model.ReadState(bytes);
        }
        catch (InvalidDataException refusal)
        {
            // The model was trained again. A state belongs to the model that made it; the clicks do not. Append them all to a new state.
            string[] items = shop.ItemsOf(user);
            state = model.CreateState();
            state.Append(items);
            Console.Error.WriteLine($"{user}'s state was built again from {items.Length} clicks. {refusal.Message}");
            return state;
        }
    }
}

/// <summary>A click in the shop.</summary>
/// <param name="Number">Its number among all clicks, given by their source: clicks arrive in this order, and a repeated delivery has the same number.</param>
/// <param name="User">The user who clicked.</param>
/// <param name="Item">The item that was clicked.</param>
internal sealed record Click(long Number, string User, string Item)
{
    /// <summary>Reads <c>NUMBER,USER,ITEM</c>; the item may contain commas.</summary>
    /// <exception cref="InvalidDataException">The line has another format.</exception>
    public static Click Parse(string line) =>
        line.Split(',', 3) is [var number, { Length: > 0 } user, { Length: > 0 } item]
        && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? new Click(value, user, item)
            : throw new InvalidDataException($"'{line}' is not a click; expected its number, its user and its item, such as 7,anna,Tarn Tent.");
}
