using System.Diagnostics;
using Microsoft.ML.Hydra.Tests.Persistence;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Integration;

/// <summary>The serving sample is killed and started again, and no click is lost or counted twice.</summary>
[Collection(FittedModels.Collection)]
public sealed class ServingSampleTests(FittedModels models) : IDisposable
{
    private const int NumberOfUsers = 3;
    private const int ClicksOfUser = 5;

    private static readonly string[][] s_items = Shelves.Texts(NumberOfUsers);

    // The users take turns.
    private static readonly string[] s_clicks =
    [
        .. from turn in Enumerable.Range(0, ClicksOfUser)
           from user in Enumerable.Range(0, NumberOfUsers)
           select $"{1 + (turn * NumberOfUsers) + user},{User(user)},{s_items[user][turn]}",
    ];

    private readonly TemporaryDirectory _folder = new();

    [Fact]
    public async Task Killed_between_clicks_it_tells_and_stores_what_it_does_uninterrupted()
    {
        string model = Save(models.Text, "model.zip");

        string[] uninterrupted = await Serve(model, _folder["whole.db"]);
        string[] killed = await Serve(model, _folder["killed.db"], 1, 7, 13);

        Assert.Equal(s_clicks.Length, uninterrupted.Distinct().Count());
        Assert.Equal(uninterrupted, killed);
        AssertServed("whole.db", models.Text, batch: 0);
        AssertServed("killed.db", models.Text, batch: 0);
    }

    [Fact]
    public async Task Killed_between_a_click_and_its_state_it_has_neither()
    {
        const int Served = 7;
        string model = Save(models.Text, "model.zip");
        string database = _folder["killed.db"];
        using (var process = new ServingProcess(model, database))
        {
            await ServeOn(process, 0, Served);
            using var outside = new ClickDatabase(database);
            outside.HoldUpStates();
            process.Deliver(s_clicks[Served]);
            var waited = Stopwatch.StartNew();
            while (!outside.IsHeldUp())
            {
                Assert.False(process.HasEnded || waited.Elapsed > SecondProcess.Limit, "The sample never came to the middle of a click.");
            }

            process.Kill();
            outside.LetStatesPass();
            Assert.Equal(s_clicks[..Served], outside.Clicks());
        }

        using (var process = new ServingProcess(model, database))
        {
            await ServeOn(process, Served, s_clicks.Length);
            Assert.Equal(0, (await process.End()).ExitCode);
        }

        AssertServed("killed.db", models.Text, batch: 0);
    }

    [Fact]
    public async Task States_of_another_model_are_made_anew_from_the_stored_clicks()
    {
        const int Turns = 3;
        string database = _folder["shop.db"];
        using var other = models.Context.SequenceRecommendation().Trainers.Hydra(SmallTraining.Options())
            .Fit(Shelves.Load(models.Context, Shelves.Texts(seed: 2)));
        using (var process = new ServingProcess(Save(models.Text, "model.zip"), database))
        {
            await ServeOn(process, 0, Turns * NumberOfUsers);
            Assert.Equal(0, (await process.End()).ExitCode);
        }

        using (var process = new ServingProcess(Save(other, "other.zip"), database))
        {
            await ServeOn(process, Turns * NumberOfUsers, s_clicks.Length);
            (int exitCode, string[] errors) = await process.End();

            Assert.Equal(0, exitCode);
            Assert.Equal(NumberOfUsers, errors.Length);
            Assert.All(errors, error => Assert.Contains($"from {Turns} clicks. The user's state belongs to another model", error, StringComparison.Ordinal));
        }

        AssertServed("shop.db", other, Turns);
    }

    [Fact]
    public void It_trains_a_model_of_its_own_shop_and_serves_its_own_clicks()
    {
        string clicks = Path.Combine(SecondProcess.Folder(SecondProcess.ServingSample), "clicks.csv");

        string trained = Assert.Single(SecondProcess.Run(SecondProcess.ServingSample, "train", _folder["own.zip"]));
        string[] lines = SecondProcess.Run(SecondProcess.ServingSample, "serve", _folder["own.zip"], _folder["own.db"], clicks);

        Assert.StartsWith("own.zip is trained", trained, StringComparison.Ordinal);
        Assert.Equal(File.ReadLines(clicks).Count(), lines.Length - 1);
        Assert.StartsWith("1. anna: Tarn Tent -> Tarn Groundsheet | ", lines[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2;customer 0;item 04", "'2;customer 0;item 04' is not a click")]
    [InlineData("1,customer 9,item 04", "Click 1 is stored as customer 0,")]
    public async Task What_cannot_be_a_click_ends_it_in_one_sentence(string line, string sentence)
    {
        using var process = new ServingProcess(Save(models.Text, "model.zip"), _folder["shop.db"]);
        await ServeOn(process, 0, 1);
        process.Deliver(line);

        (int exitCode, string[] errors) = await process.End();

        Assert.Equal(1, exitCode);
        Assert.StartsWith(sentence, Assert.Single(errors), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static string User(int user) => $"customer {user}";

    /// <summary>Serves all clicks; after as many as each of <paramref name="kills"/> says, the process is killed and another goes on.</summary>
    /// <returns>The lines with the recommendations.</returns>
    private static async Task<string[]> Serve(string model, string database, params int[] kills)
    {
        var lines = new List<string>();
        foreach (int kill in kills)
        {
            using var killed = new ServingProcess(model, database);
            lines.AddRange(await ServeOn(killed, lines.Count, kill));
            killed.Kill();
        }

        using var last = new ServingProcess(model, database);
        lines.AddRange(await ServeOn(last, lines.Count, s_clicks.Length));
        Assert.Equal((0, []), await last.End());
        return [.. lines];
    }

    /// <summary>Delivers every click from the first on, also those of which <paramref name="served"/> were served before, until <paramref name="end"/> are.</summary>
    private static async Task<string[]> ServeOn(ServingProcess process, int served, int end)
    {
        Assert.Equal($"{served} clicks are stored", await process.ReadLine());
        foreach (string click in s_clicks[..served])
        {
            process.Deliver(click);
        }

        var lines = new List<string>();
        foreach (string click in s_clicks[served..end])
        {
            process.Deliver(click);
            lines.Add(await process.ReadLine());
            Assert.StartsWith(click.Split(',')[0] + ".", lines[^1].TrimStart(), StringComparison.Ordinal);
        }

        return [.. lines];
    }

    private string Save(HydraSequenceRecommendationTransformer model, string name)
    {
        models.Context.Model.Save(model, null, _folder[name]);
        return _folder[name];
    }

    /// <summary>Each click is there once, and each user's state is, to the bit, that of the user's clicks: the first <paramref name="batch"/> appended at once.</summary>
    private void AssertServed(string name, HydraSequenceRecommendationTransformer model, int batch)
    {
        using var database = new ClickDatabase(_folder[name]);
        Assert.Equal(s_clicks, database.Clicks());
        Dictionary<string, byte[]> states = database.States();
        Assert.Equal(NumberOfUsers, states.Count);
        for (int user = 0; user < NumberOfUsers; user++)
        {
            using HydraUserState expected = model.CreateState();
            expected.Append(s_items[user][..batch]);
            Assert.All(s_items[user][batch..ClicksOfUser], item => Assert.True(expected.Append(item)));
            using HydraUserState stored = model.ReadState(states[User(user)]);

            Assert.Equal(ClicksOfUser, stored.NumberOfEvents);
            Assert.Equal(expected.ToBytes(), states[User(user)]);
            Assert.Equal(expected.Recommend<string>(Shelves.NumberOfItems), stored.Recommend<string>(Shelves.NumberOfItems));
        }
    }
}
