using Microsoft.ML.Hydra.Cli.Models;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Commands;

/// <summary>What <c>hydra recommend</c> says about histories and ids that are not as usual.</summary>
public sealed class RecommendCommandTests : IDisposable
{
    private const string AllSeen = "every item that may be recommended is in the history; --include-seen recommends those too.";

    private readonly TemporaryDirectory _directory = new();
    private readonly string _model;

    public RecommendCommandTests() => _model = _directory.PathTo("m.zip");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Quotes_in_a_history_are_those_of_csv()
    {
        await Train("\"Mug, large\"", "Cup", "Plate");

        CliRun quoted = await CliRun.InvokeAsync("recommend", "--model", _model, "--history", "\"Mug, large\",Cup");
        Assert.Equal("", quoted.Error);
        Assert.Contains("Plate", quoted.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Mug", quoted.Output, StringComparison.Ordinal);

        CliRun bare = await CliRun.InvokeAsync("recommend", "--model", _model, "--history", "Mug, large,Cup");
        Assert.Equal(
            "The model does not know 'Mug', 'large'. The model knows 'Mug, large': write an id with a comma as in --history '\"Mug, large\",Cup'.",
            bare.Error.Trim());
    }

    [Fact]
    public async Task An_empty_recommendation_says_that_all_items_were_seen_and_the_cure_works()
    {
        await Train("a", "b", "c");
        CliRun none = await CliRun.InvokeAsync("recommend", "--model", _model, "--history", "a,b,c");
        Assert.Equal(ExitCodes.Success, none.ExitCode);
        Assert.Equal("", none.Output);
        Assert.Equal($"There is nothing to recommend: {AllSeen}", none.Error.Trim());

        CliRun seen = await CliRun.InvokeAsync("recommend", "--model", _model, "--history", "a,b,c", "--include-seen");
        Assert.Equal("", seen.Error);
        Assert.Contains("a ", seen.Output, StringComparison.Ordinal);

        string data = _directory.Write("some.csv", "userId,itemId\nx,a\ny,a\ny,b\ny,c\n");
        CliRun all = await CliRun.InvokeAsync("recommend", "--model", _model, "--data", data, "--output", _directory.PathTo("o.csv"));
        Assert.Equal($"Users without a row: 1; there is nothing to recommend to them: {AllSeen}", all.Error.Trim());
        Assert.All(File.ReadLines(_directory.PathTo("o.csv")).Skip(1), line => Assert.StartsWith("x,", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_empty_recommendation_says_that_the_lists_of_the_model_leave_no_item()
    {
        await Train("a", "b", "c");
        var mlContext = new MLContext();
        string denied = _directory.PathTo("denied.zip");
        using (SavedModel model = SavedModel.Load(mlContext, _model))
        using (HydraSequenceRecommendationTransformer none = model.Transformer.WithRecommendations(new RecommendationOptions { DeniedItems = new[] { "a", "b", "c" } }))
        {
            mlContext.Model.Save(none, null, denied);
        }

        CliRun run = await CliRun.InvokeAsync("recommend", "--model", denied, "--history", "a");
        Assert.Equal(
            "There is nothing to recommend: the lists AllowedItems and DeniedItems that were saved with the model leave no item to recommend.", run.Error.Trim());
    }

    [Fact]
    public async Task Control_characters_of_ids_and_file_names_never_reach_the_terminal()
    {
        await Train("\u001b[31mred", "b\u0007ell", "c");
        CliRun known = await CliRun.InvokeAsync("recommend", "--model", _model, "--history", "c");
        CliRun unknown = await CliRun.InvokeAsync("recommend", "--model", _model, "--history", "\u001b[2J,c");
        CliRun missing = await CliRun.InvokeAsync("inspect", "--model", "no\u001b[2J.zip");
        CliRun wrong = await CliRun.InvokeAsync("inspect", "--model", _model, "\u001b[2J");

        Assert.Contains("\\u001B[31mred", known.Output, StringComparison.Ordinal);
        Assert.Contains("b\\u0007ell", known.Output, StringComparison.Ordinal);
        Assert.Contains("'\\u001B[2J'", unknown.Error, StringComparison.Ordinal);
        Assert.Contains("'no\\u001B[2J.zip'", missing.Error, StringComparison.Ordinal);
        Assert.All(
            new[] { known, unknown, missing, wrong },
            run => Assert.DoesNotContain(run.Output + run.Error, c => char.IsControl(c) && c is not ('\n' or '\r')));
    }

    [Fact]
    public async Task Data_with_ids_that_the_model_does_not_know_are_counted_or_refused()
    {
        await Train("a", "b", "c");
        string output = _directory.Write("o.csv", "old");
        string some = _directory.Write("some.csv", "userId,itemId\nx,a\nx,q\ny,r\ny,s\n");
        CliRun part = await CliRun.InvokeAsync("recommend", "--model", _model, "--data", some, "--output", output);
        Assert.Equal(ExitCodes.Success, part.ExitCode);
        Assert.Equal(
            "The model does not know 3 of the 4 events, such as 'q'; users without any event that it knows: 1, to them the most popular items are recommended.",
            part.Error.Trim());

        _directory.Write("o.csv", "old");
        string wrong = _directory.Write("wrong.csv", "userId,itemId,price\nx,a,10\ny,b,20\n");
        CliRun none = await CliRun.InvokeAsync("recommend", "--model", _model, "--data", wrong, "--item-column", "price", "--output", output);
        Assert.Equal(ExitCodes.Error, none.ExitCode);
        Assert.Matches(
            "^The model knows none of the 2 events of the data: an id of the data is '10' and one of the model is '[abc]'; expected the ids that it was trained on, in the column that --item-column names.\\s*$",
            none.Error);
        Assert.Equal("old", File.ReadAllText(output));
    }

    private async Task Train(params string[] items)
    {
        string data = _directory.Write("d.csv", "userId,itemId\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"u{i / 3},{items[i % items.Length]}\n")));
        CliRun train = await CliRun.InvokeAsync(
            "train", "--data", data, "--model", _model, "--set", "EmbeddingDimension=16", "NumberOfLayers=1", "NumberOfLatentHeads=2", "StateDimension=8",
            "InnerHeadDimension=8", "NumberOfEpochs=1");
        Assert.Equal(ExitCodes.Success, train.ExitCode);
    }
}
