using System.Text.RegularExpressions;
using Microsoft.ML.Hydra.Cli.Reporting;
using Microsoft.ML.Hydra.Text;
using Microsoft.ML.Hydra.Text.Tests.Models;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Commands;

/// <summary><c>hydra tune-text</c>: a tuned language model as a folder for <c>--encoder</c>.</summary>
public sealed class TuneTextCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _data;
    private readonly string _items;
    private readonly string _encoder;
    private readonly string _tuned;

    public TuneTextCommandTests()
    {
        _data = _directory.Write("d.csv", ShopData.Csv());
        _items = _directory.Write("i.csv", "itemId,title,shop\n" + string.Concat(Enumerable.Range(0, ShopData.Items).Select(i =>
            FormattableString.Invariant($"\"item, {i}\",{(i % 2 == 0 ? "red" : "blue")} mug {i},{(i < 10 ? "north" : "south")}\n"))));
        _encoder = WordsFolder.Write(_directory.PathTo("bert"));
        _tuned = _directory.PathTo("tuned");
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("projection")]
    [InlineData("full")]
    public async Task The_folder_of_a_tuning_is_an_encoder_for_the_other_commands(string kind)
    {
        CliRun tune = await Tune("--tuning", kind, "--passes", "3");
        Assert.Equal("", tune.Error.Trim());
        Assert.Equal(ExitCodes.Success, tune.ExitCode);
        Assert.Equal(4, Regex.Count(tune.Output, @"^pass   [0-3]/3  (as it is   |loss \d+\.\d{4})  val NDCG@10 0\.\d{4}[* ]  temperature 0\.\d{3}  ", RegexOptions.Multiline));
        Match kept = Regex.Match(tune.Output, @"passes       3 of 3, the weights are those of pass ([0-3])");
        Assert.True(kept.Success, tune.Output);
        Assert.Matches(@"validation   NDCG@10 of text neighbours 0\.\d{4} before, 0\.\d{4} after", tune.Output);
        using TextEncoder before = TextEncoder.FromFolder(_encoder), after = TextEncoder.FromFolder(_tuned);
        Assert.Contains($"encoder      {_tuned}, {after.Dimension} numbers, identity {after.Identity[..12]}", tune.Output, StringComparison.Ordinal);
        Assert.Equal(kept.Groups[1].Value == "0", before.Encode(["red mug 1"])[0].SequenceEqual(after.Encode(["red mug 1"])[0]));

        CliRun train = await CliRun.InvokeAsync(
            "train", "--data", _data, "--items", _items, "--encoder", _tuned, "--model", _directory.PathTo("m.zip"),
            "--set", "EmbeddingDimension=16", "NumberOfLayers=1", "NumberOfLatentHeads=2", "StateDimension=8", "InnerHeadDimension=8", "NumberOfEpochs=1");
        Assert.Equal(ExitCodes.Success, train.ExitCode);
        Assert.Contains($"Encoded the words of 20 items with {_tuned}", train.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tuning_goes_on_from_its_checkpoints_and_gives_the_same_folder()
    {
        string checkpoints = _directory.PathTo("checkpoints"), again = _directory.PathTo("again");
        CliRun first = await Tune("--tuning", "projection", "--passes", "3", "--checkpoint", checkpoints);
        CliRun second = await CliRun.InvokeAsync(
            "tune-text", "--data", _data, "--items", _items, "--encoder", _encoder, "--output", again, "--tuning", "projection", "--passes", "3", "--checkpoint", checkpoints);

        Assert.Equal(ExitCodes.Success, first.ExitCode);
        Assert.Equal(ExitCodes.Success, second.ExitCode);
        Assert.Equal(File.ReadAllBytes(Path.Combine(_tuned, "model.safetensors")), File.ReadAllBytes(Path.Combine(again, "model.safetensors")));
    }

    [Fact]
    public async Task The_words_of_the_domain_column_are_not_text()
    {
        string[] rows = ShopData.Csv().TrimEnd().Split('\n');
        string data = _directory.Write("shops.csv", string.Join('\n', rows.Select((row, i) => $"{row.TrimEnd()},{(i == 0 ? "shop" : ShopOf(row))}")) + "\n");
        CliRun tune = await InShops("shop", _tuned), wrong = await InShops("city", _directory.PathTo("other"));

        Assert.Equal("", tune.Error.Trim());
        Assert.Equal(ExitCodes.Success, tune.ExitCode);
        Assert.Equal(ExitCodes.Error, wrong.ExitCode);
        Assert.Contains("'city'", wrong.Error, StringComparison.Ordinal);

        Task<CliRun> InShops(string column, string output) => CliRun.InvokeAsync(
            "tune-text", "--data", data, "--items", _items, "--encoder", _encoder, "--output", output, "--tuning", "projection", "--passes", "1", "--domain-column", column);

        static string ShopOf(string row) => int.Parse(Regex.Match(row, @"item, (\d+)").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) < 10 ? "north" : "south";
    }

    [Fact]
    public async Task What_cannot_be_written_or_read_is_said_before_the_tuning()
    {
        Directory.CreateDirectory(_tuned);
        Assert.Equal($"The output '{_tuned}' exists already, and a folder of a model is never replaced; give another name, or remove it first.", (await Tune()).Error.Trim());
        Assert.Equal(
            $"The folder '{_directory.PathTo("nowhere")}' of the output '{_directory.PathTo("nowhere/tuned")}' does not exist; create it first.",
            await Error(_encoder, _directory.PathTo("nowhere/tuned")));
        Assert.Contains("are the same file, so the output would replace the input", await Error(_encoder, _encoder), StringComparison.Ordinal);
        Assert.StartsWith($"The encoder '{_directory.PathTo("none")}' cannot be used: There is no folder", await Error(_directory.PathTo("none"), _directory.PathTo("new")), StringComparison.Ordinal);
        Assert.Contains(
            "--tuning is 'some'; expected full, top-layers, projection or lora.",
            (await CliRun.InvokeAsync("tune-text", "--data", _data, "--items", _items, "--encoder", _encoder, "--output", "x", "--tuning", "some")).Error,
            StringComparison.Ordinal);

        async Task<string> Error(string encoder, string output)
        {
            CliRun run = await CliRun.InvokeAsync("tune-text", "--data", _data, "--items", _items, "--encoder", encoder, "--output", output);
            Assert.Equal(ExitCodes.Error, run.ExitCode);
            return run.Error.Trim();
        }
    }

    [Fact]
    public async Task A_tuning_that_is_cancelled_before_it_measured_anything_leaves_nothing()
    {
        CliRun run = await CliRun.InvokeAsync(
            ["tune-text", "--data", _data, "--items", _items, "--encoder", _encoder, "--output", _tuned], new CancellationToken(canceled: true));

        Assert.Equal(ExitCodes.Cancelled, run.ExitCode);
        Assert.False(Directory.Exists(_tuned));
    }

    [Theory]
    [InlineData(0, double.NaN, "pass   0/8  as it is     val NDCG@10 0.0238*  temperature 0.100  21.4 s")]
    [InlineData(3, 8.72114, "pass   3/8  loss 8.7211  val NDCG@10 0.0238*  temperature 0.100  21.4 s")]
    public void A_pass_is_one_line(int pass, double loss, string expected) =>
        Assert.Equal(expected, PassProgress.Format(new TextTuningPass(pass, loss, .1, .0238, TimeSpan.FromSeconds(21.4), true), 8));

    private Task<CliRun> Tune(params string[] more) =>
        CliRun.InvokeAsync(["tune-text", "--data", _data, "--items", _items, "--encoder", _encoder, "--output", _tuned, .. more]);
}
