using System.Text;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Commands;

/// <summary><c>--domain-column</c> of the commands that train: users have a history in each domain, and are measured there.</summary>
public sealed class DomainColumnTests : IDisposable
{
    private static readonly string[] Small =
    [
        "--set", "EmbeddingDimension=16", "NumberOfLayers=1", "NumberOfLatentHeads=2", "StateDimension=8", "InnerHeadDimension=8", "NumberOfEpochs=2",
    ];

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Both_commands_train_in_domains_and_evaluate_has_figures_of_each()
    {
        string[] arguments = ["--data", _directory.Write("d.csv", Csv()), "--domain-column", "shop", "--items", _directory.Write("i.csv", ItemsOfShops()), .. Small];
        CliRun trained = await CliRun.InvokeAsync(["train", "--model", _directory.PathTo("m.zip"), .. arguments]);
        CliRun evaluated = await CliRun.InvokeAsync(["evaluate", "--slices", .. arguments]);

        Assert.Equal((ExitCodes.Success, ExitCodes.Success), (trained.ExitCode, evaluated.ExitCode));
        Assert.Contains("words from 'title'", evaluated.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);    // the words of the domain column are not text
        Assert.Contains("east", evaluated.Output, StringComparison.Ordinal);
        using HydraSequenceRecommendationTransformer model = new MLContext().SequenceRecommendation().LoadModel(_directory.PathTo("m.zip"));
        Assert.Equal(["east", "west"], model.Model.Domains.Order());
        using HydraUserState state = model.CreateState("west");
        Assert.All(state.Recommend<string>(100), next => Assert.StartsWith("w", next.Item, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_mistake_is_one_sentence()
    {
        string data = _directory.Write("d.csv", Csv()), hole = _directory.Write("hole.csv", Csv().Replace("u1,e3,east", "u1,e3,", StringComparison.Ordinal));
        string items = _directory.Write("i.csv", "itemId,title\ne1,mug\n");

        Assert.Contains(
            "DomainColumnName is set, but --domain-column is not given", (await CliRun.InvokeAsync(["evaluate", "--data", data, "--set", "DomainColumnName=shop"])).Error, StringComparison.Ordinal);
        Assert.Contains("has no column 'store'", (await CliRun.InvokeAsync(["evaluate", "--data", data, "--domain-column", "store"])).Error, StringComparison.Ordinal);
        Assert.Contains(
            "--item-column and --domain-column name the same column", (await CliRun.InvokeAsync(["evaluate", "--data", data, "--domain-column", "itemId"])).Error, StringComparison.Ordinal);
        Assert.Contains("i.csv' has no column 'shop'", (await CliRun.InvokeAsync(["evaluate", "--data", data, "--domain-column", "shop", "--items", items])).Error, StringComparison.Ordinal);
        Assert.Contains(
            "has no domain in the column 'shop'; write one in each row", (await CliRun.InvokeAsync(["evaluate", "--data", hole, "--domain-column", "shop"])).Error, StringComparison.Ordinal);
    }

    // Each user buys in both shops: item n + 1 follows item n in the east, item n + 3 in the west.
    private static string Csv()
    {
        var text = new StringBuilder("userId,itemId,shop,timestamp\n");
        for (int user = 0; user < 40; user++)
        {
            for (int time = 0; time < 6; time++)
            {
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"u{user},e{(user + time) % 12},east,{time}\n");
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"u{user},w{(user + (3 * time)) % 13},west,{time}\n");
            }
        }

        return text.ToString();
    }

    private static string ItemsOfShops()
    {
        var text = new StringBuilder("itemId,shop,title\n");
        for (int item = 0; item < 13; item++)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"w{item},west,pen number{item / 3}\n");
            if (item < 12)
            {
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"e{item},east,mug number{item / 3}\n");
            }
        }

        return text.ToString();
    }
}
