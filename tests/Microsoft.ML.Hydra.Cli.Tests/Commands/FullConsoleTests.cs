using System.Diagnostics;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Commands;

/// <summary>Commands whose standard output or error output takes no text, in a process of their own.</summary>
public sealed class FullConsoleTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _data;
    private readonly string _model;

    public FullConsoleTests()
    {
        _data = _directory.Write("shop.csv", ShopData.Csv());
        _model = _directory.PathTo("m.zip");
    }

    public void Dispose() => _directory.Dispose();

    [SkippableFact]
    public async Task A_training_whose_text_is_refused_saves_its_model_and_says_so_once()
    {
        CliRun train = await Run(
            "> /dev/full", "train", "--data", _data, "--model", _model, "--set", "EmbeddingDimension=16", "NumberOfLayers=1", "NumberOfLatentHeads=2",
            "StateDimension=8", "InnerHeadDimension=8", "NumberOfEpochs=2");
        Assert.Matches(
            "^The text on the standard output is not complete, because it could not be written: [^.]+[.] The file of the command is complete.\\s*$", train.Error);
        Assert.Equal(ExitCodes.Success, train.ExitCode);

        // The same text is the whole result of another command.
        CliRun inspect = await Run("> /dev/full", "inspect", "--model", _model);
        Assert.Matches("^The text on the standard output is not complete, because it could not be written: [^.]+[.]\\s*$", inspect.Error);
        Assert.Equal(ExitCodes.Error, inspect.ExitCode);
    }

    [SkippableTheory]
    [InlineData("2> /dev/full")]
    [InlineData("> /dev/full 2> /dev/full")]
    public async Task An_error_that_cannot_be_written_has_its_exit_code(string redirection)
    {
        Assert.Equal(ExitCodes.Error, (await Run(redirection, "inspect", "--model", _model)).ExitCode);
        Assert.Equal(ExitCodes.Error, (await Run(redirection, "inspect", "--modle", _model)).ExitCode);
    }

    // No path of the tests needs quotes.
    private static async Task<CliRun> Run(string redirection, params string[] args)
    {
        Skip.IfNot(File.Exists("/dev/full"), "The system has no device that is always full.");
        string tool = Path.Combine(AppContext.BaseDirectory, "Microsoft.ML.Hydra.Cli.dll");
        using Process process = Process.Start(new ProcessStartInfo("sh", ["-c", $"exec dotnet {tool} {string.Join(' ', args)} {redirection}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new CliRun(process.ExitCode, await output, error);
    }
}
