using Microsoft.ML.Hydra.Cli.Commands;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Commands;

/// <summary><c>hydra add-items</c>: new items without training.</summary>
public sealed class AddItemsCommandTests : IDisposable
{
    private static readonly string[] Small =
    [
        "--set", "EmbeddingDimension=16", "NumberOfLayers=1", "NumberOfLatentHeads=2", "StateDimension=8", "InnerHeadDimension=8", "NumberOfEpochs=2",
    ];

    private readonly TemporaryDirectory _directory = new();
    private readonly string _model;
    private readonly string _larger;

    public AddItemsCommandTests()
    {
        _model = _directory.PathTo("m.zip");
        _larger = _directory.PathTo("n.zip");
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task New_items_are_in_the_new_model_and_known_ones_are_counted()
    {
        await Train(Items("shelf", "price"));
        byte[] before = File.ReadAllBytes(_model);
        string more = _directory.Write("n.csv", "itemId,shelf,price\n\"item, 0\",shelf 0,1\nnew mug,shelf 1,2.5\nnew cup,shelf 2,\n");
        CliRun add = await CliRun.InvokeAsync("add-items", "--model", _model, "--items", more, "--output", _larger);
        CliRun inspect = await CliRun.InvokeAsync("inspect", "--model", _larger);
        CliRun recommend = await CliRun.InvokeAsync("recommend", "--model", _larger, "--history", "\"item, 3\",\"item, 4\"", "--top", "22", "--include-seen");

        Assert.Equal("", add.Error.Trim());
        Assert.Contains("items added  2; known before, not changed: 1", add.Output, StringComparison.Ordinal);
        Assert.Contains("22 items", inspect.Output, StringComparison.Ordinal);
        Assert.Contains("new items    'hydra add-items' adds them from words of 'shelf'; numbers of 'price'", inspect.Output, StringComparison.Ordinal);
        Assert.Contains("new mug", recommend.Output, StringComparison.Ordinal);
        Assert.Contains("new cup", recommend.Output, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(_model));
        Microsoft.ML.DataViewSchema[] schemas = [.. new[] { _model, _larger }.Select(path =>
        {
            ((IDisposable)new MLContext().Model.Load(path, out DataViewSchema schema)).Dispose();
            return schema;
        })];
        Assert.Equal(schemas[0].Select(column => (column.Name, column.Type)), schemas[1].Select(column => (column.Name, column.Type)));
    }

    [Fact]
    public async Task Items_whose_words_the_model_does_not_know_are_left_out_and_counted()
    {
        await Train(WordsOnly());
        string more = _directory.Write("n.csv", "itemId,shelf\n\"item, 0\",shelf 0\nnew mug,shelf 1\nriddle,quixotic zephyr\nempty,\n");
        CliRun add = await CliRun.InvokeAsync("add-items", "--model", _model, "--items", more, "--output", _larger);
        CliRun inspect = await CliRun.InvokeAsync("inspect", "--model", _larger);

        Assert.Equal(ExitCodes.Success, add.ExitCode);
        Assert.Contains("items added  1; known before, not changed: 1; left out, as the model knows none of their words and they have no number: 2", add.Output, StringComparison.Ordinal);
        Assert.Contains("21 items", inspect.Output, StringComparison.Ordinal);
        Assert.Contains("new mug", (await Recommend()).Output, StringComparison.Ordinal);
        Assert.DoesNotContain("riddle", (await Recommend()).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_without_new_items_gives_the_same_model_and_says_so()
    {
        await Train(WordsOnly());
        CliRun add = await CliRun.InvokeAsync("add-items", "--model", _model, "--items", _directory.PathTo("i.csv"), "--output", _larger);

        Assert.Equal(ExitCodes.Success, add.ExitCode);
        Assert.Contains("items added  0; known before, not changed: 20", add.Output, StringComparison.Ordinal);
        CliRun before = await CliRun.InvokeAsync("recommend", "--model", _model, "--history", "\"item, 3\"", "--top", "22", "--include-seen");
        Assert.Equal(before.Output, (await Recommend()).Output);
    }

    [Fact]
    public async Task A_model_that_was_trained_without_items_takes_none_and_nothing_is_written()
    {
        await Train(null);
        CliRun add = await CliRun.InvokeAsync("add-items", "--model", _model, "--items", _directory.Write("n.csv", "itemId,shelf\nnew,shelf 1\n"), "--output", _larger);

        Assert.Equal(ExitCodes.Error, add.ExitCode);
        Assert.Equal(
            $"The model '{_model}' knows its items by their ids only, so no items can be added; train it again with --items. If that was given, the training said why it was not used.",
            add.Error.Trim());
        Assert.Equal(["d.csv", "m.zip", "n.csv"], _directory.FileNames());
    }

    [Fact]
    public async Task A_file_without_the_numbers_that_the_model_reads_is_an_error_and_nothing_is_written()
    {
        await Train(Items("shelf", "price"));
        CliRun add = await CliRun.InvokeAsync("add-items", "--model", _model, "--items", _directory.Write("n.csv", "itemId,shelf\nnew,shelf 1\n"), "--output", _larger);

        Assert.Equal(ExitCodes.Error, add.ExitCode);
        Assert.Single(add.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.False(File.Exists(_larger));
    }

    [Theory]
    [InlineData(2, 0, 0, "items added  2")]
    [InlineData(12101, 3, 1000, "items added  12,101; known before, not changed: 3; left out, as the model knows none of their words and they have no number: 1,000")]
    public void The_report_is_one_line(int added, int known, int leftOut, string expected) =>
        Assert.Equal(expected, AddItemsCommand.Describe(added, known, leftOut));

    private Task<CliRun> Recommend() => CliRun.InvokeAsync("recommend", "--model", _larger, "--history", "\"item, 3\"", "--top", "22", "--include-seen");

    private static string WordsOnly() => "itemId,shelf\n" + string.Concat(Enumerable.Range(0, ShopData.Items).Select(i => $"\"item, {i}\",shelf {i / 5}\n"));

    private static string Items(string words, string numbers) => $"itemId,{words},{numbers}\n" + string.Concat(Enumerable.Range(0, ShopData.Items).Select(i =>
        FormattableString.Invariant($"\"item, {i}\",shelf {i / 5},{i % 4}.5\n")));

    private async Task Train(string? items)
    {
        string data = _directory.Write("d.csv", ShopData.Csv());
        string[] arguments = items is null ? [] : ["--items", _directory.Write("i.csv", items)];
        CliRun run = await CliRun.InvokeAsync(["train", "--data", data, "--model", _model, .. arguments, .. Small]);
        Assert.Equal(ExitCodes.Success, run.ExitCode);
    }
}
