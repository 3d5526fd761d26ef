using Microsoft.Data.Sqlite;
using Microsoft.ML.Hydra;

namespace ServingWithSqlite;

/// <summary>
/// Takes clicks in and recommends. A click and the state that holds it are stored in one transaction: after a kill both are there or neither is,
/// so no click is lost and none counts twice.
/// </summary>
internal sealed class Server(HydraSequenceRecommendationTransformer model, ShopDatabase shop)
{
    private const int NumberOfRecommendations = 3;

    /// <summary>Takes a click in, once however often it is delivered.</summary>
    /// <returns>What its user may want next; null for a click that was served before.</returns>
    public RecommendedItem<string>[]? Serve(Click click)
    {
        using SqliteTransaction transaction = shop.Begin();
        if (shop.Find(click.Number) is { } stored)
        {
            return stored == click ? null : throw new InvalidDataException(
                $"Click {click.Number} is stored as {stored.User},{stored.Item}, but now it is {click.User},{click.Item}; number the clicks of a database once.");
        }

        using HydraUserState state = ReadState(click.User);
        state.Append(click.Item);
        shop.Add(click);
        shop.WriteState(click.User, state.ToBytes());
        transaction.Commit();
        return state.Recommend<string>(NumberOfRecommendations);
    }

    /// <summary>The user's state, of all clicks before this one.</summary>
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
            // The model was trained anew. The clicks are the truth, a state only what one model made of them: replay them, all at once.
            string[] items = shop.ItemsOf(user);
            state = model.CreateState();
            state.Append(items);
            Console.Error.WriteLine($"{user}'s state is made anew from {items.Length} clicks. {refusal.Message}");
            return state;
        }
    }
}
