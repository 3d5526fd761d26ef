using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Commands;

public sealed class ArgumentTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("", "evaluate", "train", "tune", "recommend", "inspect")]
    [InlineData("evaluate", "--data", "--config", "--set", "--seed", "--json", "--user-column", "[default: userId", "--separator", "--no-header", "--encoding", "--drop-repeats", "--gpu", "--verbose")]
    [InlineData("train", "--data", "--model", "--checkpoint-directory", "--no-checkpoints", "--resume", "[default: timestamp")]
    [InlineData("tune", "--data", "--space", "--budget", "--trials", "--directory", "[default: hydra-tuning]", "--resume", "--output", "--set", "--seed")]
    [InlineData("recommend", "--model", "--history", "--data", "--output", "--top", "Number of", "--include-seen")]
    [InlineData("add-items", "--model", "--items", "--items-id-column", "--ignore-columns", "--output")]
    [InlineData("inspect", "--model")]
    public async Task Help_names_arguments_and_defaults(string command, params string[] expected)
    {
        CliRun run = await CliRun.InvokeAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Assert.Equal(ExitCodes.Success, run.ExitCode);
        Assert.All(expected, part => Assert.Contains(part, run.Output, StringComparison.Ordinal));
        Assert.Empty(run.Error);
    }

    [Theory]
    [InlineData("", "See 'hydra --help'.")]
    [InlineData("guess", "'guess'")]
    [InlineData("evaluate", "--data", "See 'hydra evaluate --help'.")]
    [InlineData("train --data d.csv", "--model")]
    [InlineData("evaluate --data d.csv --seed x", "'x'", "--seed")]
    [InlineData("evaluate --data d.csv --gpu -1", "--gpu is -1; expected 0 or more.")]
    [InlineData("recommend --model m.zip", "Give either --history or --data.")]
    [InlineData("recommend --model m.zip --history a --data d.csv --output o.csv", "Give either --history or --data.")]
    [InlineData("recommend --model m.zip --data d.csv", "Give --data and --output together.")]
    [InlineData("recommend --model m.zip --history a --output o.csv", "Give --data and --output together.")]
    [InlineData("recommend --model m.zip --history a --top 0", "--top is 0; expected 1 or more.")]
    [InlineData("recommend --model m.zip --history a --top x", "--top is 'x'; expected a whole number from 1 to 2147483647.")]
    [InlineData("recommend --model m.zip --history a --top 3000000000", "--top is '3000000000'; expected a whole number from 1 to 2147483647.")]
    [InlineData("tune --data d.csv --trials many", "--trials is 'many'; expected a whole number from 1 to 2147483647.")]
    [InlineData("evaluate --data d.csv --gpu first", "--gpu is 'first'; expected a whole number from 0 to 2147483647.")]
    [InlineData("add-items --model m.zip --output n.zip", "--items")]
    [InlineData("add-items --model m.zip --items i.csv", "--output")]
    [InlineData("add-items --model nowhere.zip --items i.csv --output n.zip", "The model file 'nowhere.zip' does not exist.")]
    [InlineData("inspect --model .", "The model '.' is a directory; expected the file of a model, such as model.zip.")]
    [InlineData("evaluate --data nowhere.csv", "The data file 'nowhere.csv' does not exist.")]
    [InlineData("evaluate --data nowhere.csv --config nowhere.json", "The configuration file 'nowhere.json' does not exist.")]
    [InlineData("evaluate --data nowhere.csv --set NumberOfLayer=2", "the nearest are NumberOfLayers")]
    [InlineData("evaluate --data nowhere.csv --set NumberOfLayers=2 LearningRate=fast", "option LearningRate is 'fast'; expected a number, or nothing.")]
    [InlineData("evaluate --data nowhere.csv --set ItemsColumnName=Things", "--item-column")]
    [InlineData("train --data nowhere.csv --model - --resume", "--resume needs --checkpoint-directory")]
    [InlineData("train --data nowhere.csv --model m.zip --no-checkpoints --resume", "Give either --no-checkpoints or --resume")]
    [InlineData("train --data nowhere.csv --model m.zip --no-checkpoints --checkpoint-directory c", "Give either --no-checkpoints or --checkpoint-directory.")]
    [InlineData("tune --data nowhere.csv", "Give --budget or --trials, or both.")]
    [InlineData("tune --data nowhere.csv --budget 5x", "--budget is '5x'; expected a duration such as 90s, 30m, 1h30m or 2d.")]
    [InlineData("tune --data nowhere.csv --trials 0", "--trials is 0; expected 1 or more.")]
    [InlineData("tune --data nowhere.csv --trials 2 --space nowhere.json", "The search space file 'nowhere.json' does not exist.")]
    [InlineData("tune --data nowhere.csv --trials 2 --output no/config.json", "The directory of the output 'no/config.json' does not exist; create it first.")]
    [InlineData("inspect --model nowhere.zip", "The model file 'nowhere.zip' does not exist.")]
    [InlineData("recommend --model nowhere.zip --history @a", "The model file 'nowhere.zip' does not exist.")]
    public async Task A_mistake_is_one_sentence_on_the_error_output(string arguments, params string[] expected)
    {
        CliRun run = await CliRun.InvokeAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(ExitCodes.Error, run.ExitCode);
        Assert.All(expected, part => Assert.Contains(part, run.Error, StringComparison.Ordinal));
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Empty(run.Output);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_output_that_cannot_be_written_is_an_error_before_the_data_are_read()
    {
        CliRun run = await CliRun.InvokeAsync("evaluate", "--data", "nowhere.csv", "--json", _directory.PathTo("no/report.json"));

        Assert.Equal(ExitCodes.Error, run.ExitCode);
        Assert.Contains("The directory of the output", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("inspect", "--model", "M.zip")]
    [InlineData("train --data d.csv", "--model", "OUT.zip")]
    [InlineData("evaluate", "--data", "FILE")]
    [InlineData("evaluate --data d.csv", "--json", "")]
    public async Task An_empty_name_is_an_error_with_its_option(string command, string option, string example)
    {
        CliRun run = await CliRun.InvokeAsync([.. command.Split(' '), option, ""]);

        Assert.Equal(ExitCodes.Error, run.ExitCode);
        Assert.StartsWith($"{option} is empty; expected a value such as {example}", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("userId,itemId", "it is not a zip; expected a model saved by 'hydra train' or by mlContext.Model.Save.")]
    [InlineData("PK\u0003\u0004 and no more", "the zip is cut short or damaged; copy it again, or save the model again.")]
    [InlineData("", "it is empty.")]
    public async Task A_file_that_is_not_a_model_is_one_sentence(string text, string expected)
    {
        string path = _directory.Write("m.zip", text);
        CliRun run = await CliRun.InvokeAsync("inspect", "--model", path);

        Assert.Equal(ExitCodes.Error, run.ExitCode);
        Assert.Equal($"The model file '{path}' cannot be loaded: {expected}", run.Error.Trim());
    }

    [Fact]
    public async Task A_cancelled_command_returns_130_and_leaves_no_file()
    {
        string data = _directory.Write("d.csv", "userId,itemId\nu,a\nu,b\n");
        CliRun run = await CliRun.InvokeAsync(
            ["train", "--data", data, "--model", _directory.PathTo("m.zip")], new CancellationToken(canceled: true));

        Assert.Equal(ExitCodes.Cancelled, run.ExitCode);
        Assert.Equal("Cancelled. No epoch was complete, so there is nothing to save.", run.Error.Trim());
        Assert.Equal(["d.csv"], _directory.FileNames());
    }
}
