using Microsoft.ML.Hydra.Text.Tests.Models;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Commands;

/// <summary><c>--encoder</c>: the words of the items as vectors of a language model.</summary>
public sealed class EncoderArgumentsTests : IDisposable
{
    private static readonly string[] Small =
    [
        "--set", "EmbeddingDimension=16", "NumberOfLayers=1", "NumberOfLatentHeads=2", "StateDimension=8", "InnerHeadDimension=8", "NumberOfEpochs=2",
    ];

    private readonly TemporaryDirectory _directory = new();
    private readonly string _data;
    private readonly string _items;
    private readonly string _encoder;

    public EncoderArgumentsTests()
    {
        _data = _directory.Write("d.csv", ShopData.Csv());
        _items = _directory.Write("i.csv", "itemId,title,price\n" + string.Concat(Enumerable.Range(0, ShopData.Items).Select(i =>
            FormattableString.Invariant($"\"item, {i}\",{(i % 2 == 0 ? "red" : "blue")} mug {i},{i % 4}.5\n"))));
        _encoder = WordsFolder.Write(_directory.PathTo("bert"));
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_model_that_was_trained_with_an_encoder_takes_new_items_with_it_alone()
    {
        CliRun train = await Train("--encoder", _encoder);
        Assert.Equal(ExitCodes.Success, train.ExitCode);
        Assert.Contains($"Encoded the words of 20 items with {_encoder} in ", train.Output, StringComparison.Ordinal);
        Assert.Contains($": 8 numbers each, kept in {_items}.vectors", train.Output, StringComparison.Ordinal);
        Assert.Equal(["d.csv", "i.csv", "i.csv.vectors", "m.zip"], _directory.FileNames());

        CliRun inspect = await CliRun.InvokeAsync("inspect", "--model", _directory.PathTo("m.zip"));
        using var encoder = Text.TextEncoder.FromFolder(_encoder);
        string identity = encoder.Identity[..12];
        Assert.Contains(
            $"new items    'hydra add-items' adds them from words of 'title'; numbers of 'price'; vectors of 8 numbers from an encoder (--encoder) whose identity begins with {identity}",
            inspect.Output,
            StringComparison.Ordinal);

        string more = _directory.Write("n.csv", "itemId,price,title\nnew mug,2,large red mug\nnew cup,,\n");
        CliRun without = await AddItems(more);
        Assert.Equal(
            $"The model was trained with the vectors of an encoder whose identity begins with {identity}, so new items need them too; give the same folder with --encoder.", without.Error.Trim());
        string other = WordsFolder.Write(_directory.PathTo("other"), seed: 2);
        CliRun wrong = await AddItems(more, "--encoder", other);
        Assert.Matches(
            $"^The identity of the encoder '.*other' begins with [0-9a-f]{{12}}, but that of the encoder that the model was trained with begins with {identity}; give the folder that the model was trained with.$",
            wrong.Error.Trim());
        Assert.False(File.Exists(_directory.PathTo("n.zip")));

        CliRun add = await AddItems(more, "--encoder", _encoder);
        Assert.Equal("", add.Error.Trim());
        Assert.Contains("items added  1; left out, as the model knows none of their words and they have no number: 1", add.Output, StringComparison.Ordinal);
        CliRun recommend = await CliRun.InvokeAsync("recommend", "--model", _directory.PathTo("n.zip"), "--history", "\"item, 3\"", "--top", "22", "--include-seen");
        Assert.Contains("new mug", recommend.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_was_trained_without_an_encoder_has_no_use_for_one()
    {
        Assert.Equal(ExitCodes.Success, (await Train()).ExitCode);
        CliRun add = await AddItems(_items, "--encoder", _encoder);

        Assert.Equal("The model was trained without an encoder, so it has no use for vectors of words; leave --encoder out.", add.Error.Trim());
        Assert.Equal(["d.csv", "i.csv", "m.zip"], _directory.FileNames());
    }

    [Fact]
    public async Task Evaluate_and_tune_use_the_vectors_and_the_cache_that_was_named()
    {
        string cache = _directory.PathTo("kept");
        string[] arguments = ["--data", _data, "--items", _items, "--encoder", _encoder, "--encoder-cache", cache, .. Small];
        CliRun evaluate = await CliRun.InvokeAsync(["evaluate", .. arguments]);
        long length = new FileInfo(cache).Length;
        CliRun tune = await CliRun.InvokeAsync(["tune", "--trials", "1", "--directory", _directory.PathTo("tuning"), .. arguments]);

        Assert.All(new[] { evaluate, tune }, run =>
        {
            Assert.Equal(ExitCodes.Success, run.ExitCode);
            Assert.Contains($"Encoded the words of 20 items with {_encoder}", run.Output, StringComparison.Ordinal);
        });
        Assert.Equal(16 + (20 * (4 + 32 + (8 * 4) + 16)), length);
        Assert.Equal(length, new FileInfo(cache).Length);    // nothing was encoded again
        Assert.Contains($"--items {_items} --encoder {_encoder} --encoder-cache {cache} --config", tune.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_command_gives_the_same_model_with_and_without_the_cache()
    {
        await Train("--encoder", _encoder);
        byte[] first = File.ReadAllBytes(_directory.PathTo("m.zip"));
        await Train("--encoder", _encoder);
        CliRun[] recommended = [await Recommend(), await Again(first)];

        Assert.Equal(recommended[0].Output, recommended[1].Output);

        async Task<CliRun> Again(byte[] model)
        {
            File.WriteAllBytes(_directory.PathTo("m.zip"), model);
            return await Recommend();
        }

        Task<CliRun> Recommend() => CliRun.InvokeAsync("recommend", "--model", _directory.PathTo("m.zip"), "--history", "\"item, 3\"", "--top", "10");
    }

    [SkippableFact]
    public async Task A_training_that_is_killed_goes_on_with_the_encoder()
    {
        Skip.If(OperatingSystem.IsWindows(), "Signals are sent by kill.");
        string[] arguments =
        [
            "train", "--data", _data, "--model", _directory.PathTo("m.zip"), "--items", _items, "--encoder", _encoder, .. Small[..^1], "NumberOfEpochs=100", "NumberOfThreads=1", "Patience=0",
        ];
        using (CliProcess train = CliProcess.Start(arguments))
        {
            await train.WaitForAsync("epoch   2/");
            train.Signal("KILL");
            await train.EndAsync();
        }

        CliRun resumed = await CliRun.InvokeAsync([.. arguments, "--resume"]);
        Assert.Equal(ExitCodes.Success, resumed.ExitCode);
        Assert.DoesNotContain("epoch   1/", resumed.Output, StringComparison.Ordinal);
        Assert.Contains("epoch 100/100", resumed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_place_that_cannot_take_the_default_cache_costs_a_warning_only()
    {
        Directory.CreateDirectory(_items + ".vectors");
        CliRun train = await Train("--encoder", _encoder);

        Assert.Equal(ExitCodes.Success, train.ExitCode);
        Assert.Contains($"The vectors are not kept, because '{_items}.vectors' cannot be written: ", train.Error, StringComparison.Ordinal);
        Assert.Contains("Name another file with --encoder-cache.", train.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_output_replaces_a_file_of_the_encoder_and_no_cache_replaces_another_file()
    {
        string weights = Path.Combine(_encoder, "model.safetensors");
        byte[] before = File.ReadAllBytes(weights);
        CliRun model = await CliRun.InvokeAsync(["train", "--data", _data, "--model", weights, "--items", _items, "--encoder", _encoder, .. Small]);
        CliRun cache = await Train("--encoder", _encoder, "--encoder-cache", _items);
        string notes = _directory.Write("notes.txt", "what I must not forget, a longer line");
        CliRun foreign = await Train("--encoder", _encoder, "--encoder-cache", notes);

        Assert.Contains("are the same file, so the output would replace the input", model.Error, StringComparison.Ordinal);
        Assert.Contains("are the same file, so the output would replace the input", cache.Error, StringComparison.Ordinal);
        Assert.Contains($"The cache '{notes}' is not a file of text vectors: it begins with other bytes; it is left as it is: give another path for the cache, or delete the file.", foreign.Error, StringComparison.Ordinal);
        Assert.Equal("what I must not forget, a longer line", File.ReadAllText(notes));
        Assert.Equal(before, File.ReadAllBytes(weights));
    }

    [Fact]
    public async Task What_does_not_fit_is_one_sentence()
    {
        string numbers = _directory.Write("numbers.csv", "itemId,price\n" + string.Concat(Enumerable.Range(0, ShopData.Items).Select(i => $"\"item, {i}\",{i % 4}\n")));

        Assert.Equal("--encoder is about the file of --items, which is not given; give --items too. See 'hydra train --help'.", await Error(["train", "--data", _data, "--model", "m.zip", "--encoder", _encoder]));
        Assert.Equal(
            "--encoder-cache keeps the vectors of --encoder, which is not given; give --encoder too. See 'hydra train --help'.",
            await Error(["train", "--data", _data, "--model", "m.zip", "--items", _items, "--encoder-cache", "x"]));
        Assert.Equal(
            $"--encoder encodes words, but the item file '{numbers}' has no column with words; leave --encoder out, or add such a column.",
            await Error(["train", "--data", _data, "--model", _directory.PathTo("m.zip"), "--items", numbers, "--encoder", _encoder]));
        Assert.StartsWith(
            $"The encoder '{_directory.PathTo("missing")}' cannot be used: There is no folder '{_directory.PathTo("missing")}';",
            await Error(["train", "--data", _data, "--model", _directory.PathTo("m.zip"), "--items", _items, "--encoder", _directory.PathTo("missing")]),
            StringComparison.Ordinal);

        static async Task<string> Error(string[] arguments)
        {
            CliRun run = await CliRun.InvokeAsync(arguments);
            Assert.Equal(ExitCodes.Error, run.ExitCode);
            return run.Error.Trim();
        }
    }

    private Task<CliRun> Train(params string[] more) =>
        CliRun.InvokeAsync(["train", "--data", _data, "--model", _directory.PathTo("m.zip"), "--items", _items, .. more, .. Small]);

    private Task<CliRun> AddItems(string items, params string[] more) =>
        CliRun.InvokeAsync(["add-items", "--model", _directory.PathTo("m.zip"), "--items", items, "--output", _directory.PathTo("n.zip"), .. more]);
}
