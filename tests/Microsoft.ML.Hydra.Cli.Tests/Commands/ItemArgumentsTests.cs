using Microsoft.ML.Hydra.Cli.Commands;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Commands;

/// <summary><c>--items</c> of the commands that train.</summary>
public sealed class ItemArgumentsTests : IDisposable
{
    private static readonly string[] Small =
    [
        "--set", "EmbeddingDimension=16", "NumberOfLayers=1", "NumberOfLatentHeads=2", "StateDimension=8", "InnerHeadDimension=8", "NumberOfEpochs=1",
    ];

    private readonly TemporaryDirectory _directory = new();
    private readonly string _data;

    public ItemArgumentsTests() => _data = _directory.Write("d.csv", ShopData.Csv());

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Every_command_that_trains_reads_the_items_and_says_which_ones_the_file_lacks()
    {
        string items = _directory.Write("i.csv", ShopItems(ShopData.Items - 2));
        string[] arguments = ["--data", _data, "--items", items, "--ignore-columns", "link", .. Small];
        CliRun[] runs =
        [
            await CliRun.InvokeAsync(["train", "--model", _directory.PathTo("m.zip"), .. arguments]),
            await CliRun.InvokeAsync(["evaluate", .. arguments]),
            await CliRun.InvokeAsync(["tune", "--trials", "1", "--directory", _directory.PathTo("tuning"), .. arguments]),
        ];

        Assert.All(runs, run =>
        {
            string output = Words(run.Output);
            Assert.StartsWith("New items may rank low", Assert.Single(run.Error.Trim().Split('\n')), StringComparison.Ordinal);    // of so few events
            Assert.Contains(
                "i.csv: separator comma; 18 items ('itemId'); words from 'title'; numbers from 'price', 1 empty cell; left out 'link'", output, StringComparison.Ordinal);
            Assert.Contains("Of the 20 items of --data 2 are not in", output, StringComparison.Ordinal);
            Assert.Equal(ExitCodes.Success, run.ExitCode);
        });
        Assert.Contains($"--items {items} --ignore-columns link --config", runs[2].Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_without_any_item_of_the_data_is_an_error_with_an_id_of_each()
    {
        string items = _directory.Write("i.csv", "itemId,title\n7,Mug\n");
        CliRun run = await CliRun.InvokeAsync(["train", "--data", _data, "--model", _directory.PathTo("m.zip"), "--items", items, .. Small]);

        Assert.Equal(ExitCodes.Error, run.ExitCode);
        Assert.Contains("has none of the 20 items of --data: its column 'itemId' has ids such as '7', and those of --data are such as 'item, ", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_directory.PathTo("m.zip")));
    }

    [Theory]
    [InlineData("--items-separator comma", "--items-separator is about the file of --items, which is not given; give --items too.")]
    [InlineData("--ignore-columns x", "--ignore-columns is about the file of --items")]
    [InlineData("--items nowhere.csv", "The item file 'nowhere.csv' does not exist.")]
    [InlineData("--items -", "The item file is '-', but standard input cannot be read as data")]
    [InlineData("--items . ", "The item file '.' is a directory; expected one file of items.")]
    [InlineData("--items nowhere.csv --items-encoding klingon", "--items-encoding is 'klingon'; expected utf-8, latin1")]
    [InlineData("--set ItemTextColumnName=Words", "must stay as they are on the command line")]
    public async Task A_mistake_is_one_sentence(string arguments, string expected)
    {
        CliRun run = await CliRun.InvokeAsync(
            ["evaluate", "--data", _data, .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        Assert.Equal(ExitCodes.Error, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static string ShopItems(int count) => "itemId,title,price,link\n" + string.Concat(Enumerable.Range(0, count).Select(i =>
        FormattableString.Invariant($"\"item, {i}\",shelf {i / 5},{(i == 0 ? "" : (i % 4 + 0.5).ToString(System.Globalization.CultureInfo.InvariantCulture))},x{i}\n")));

    private static string Words(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
