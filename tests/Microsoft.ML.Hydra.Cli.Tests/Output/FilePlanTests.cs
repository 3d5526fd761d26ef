using Microsoft.ML.Hydra.Cli.Output;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Output;

public sealed class FilePlanTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Different_files_are_accepted() =>
        new FilePlan().Reads("--data", _directory.Write("d.csv", "x")).Reads("--config", null).Writes("--model", _directory.PathTo("m.zip")).Check();

    [SkippableTheory]
    [InlineData("d.csv")]
    [InlineData("sub/../d.csv")]
    [InlineData("./d.csv")]
    [InlineData("link.csv")]
    [InlineData("folder/d.csv")]
    [InlineData("circle/circle/d.csv")]
    [InlineData("hard.csv")]
    public void An_output_that_is_an_input_by_another_name_is_refused(string name)
    {
        string data = _directory.Write("d.csv", "x");
        File.CreateSymbolicLink(_directory.PathTo("link.csv"), "d.csv");
        Directory.CreateSymbolicLink(_directory.PathTo("folder"), ".");
        Directory.CreateSymbolicLink(_directory.PathTo("circle"), "folder");
        if (name == "hard.csv")
        {
            HardLink.Create(data, _directory.PathTo(name));
        }

        UserErrorException error = Assert.Throws<UserErrorException>(
            () => new FilePlan().Reads("--data", data).Writes("--model", _directory.PathTo(name)).Check());

        Assert.Equal(
            $"--model '{_directory.PathTo(name)}' and --data '{data}' are the same file, so the output would replace the input; give --model another name.",
            error.Message);
    }

    [Fact]
    public void A_link_to_a_file_that_is_still_to_be_written_is_that_file()
    {
        File.CreateSymbolicLink(_directory.PathTo("current.zip"), "v7.zip");

        Assert.Equal(FullPath.Resolve(_directory.PathTo("v7.zip")), FullPath.Resolve(_directory.PathTo("current.zip")));
        Assert.Contains(
            "are the same file, so one would replace the other",
            Assert.Throws<UserErrorException>(() => new FilePlan()
                .Writes("--model", _directory.PathTo("current.zip")).Writes("--checkpoint-directory", _directory.PathTo("v7.zip")).Check()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Links_in_a_circle_are_one_sentence()
    {
        File.CreateSymbolicLink(_directory.PathTo("a"), "b");
        File.CreateSymbolicLink(_directory.PathTo("b"), "a");

        Assert.Contains("its links lead in a circle", Assert.Throws<UserErrorException>(() => FullPath.Resolve(_directory.PathTo("a"))).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_standard_output_that_is_an_input_is_refused()
    {
        Skip.If(OperatingSystem.IsWindows(), "The system does not tell files apart.");
        string data = _directory.Write("d.csv", "x");
        string other = _directory.Write("o.csv", "x");
        File.CreateSymbolicLink(_directory.PathTo("opened"), "d.csv");
        string standardOutput = _directory.PathTo("opened");

        Assert.Equal(
            $"The standard output is redirected to --data '{data}', so the command would write into its input; redirect it to another file.",
            Assert.Throws<UserErrorException>(() => new FilePlan(standardOutput).Reads("--data", data).Writes("--output", "-").Check()).Message);
        new FilePlan(standardOutput).Reads("--data", other).Writes("--output", "-").Check();
    }

    [SkippableFact]
    public void A_device_is_input_and_output_at_once()
    {
        Skip.If(OperatingSystem.IsWindows(), "There are no such devices.");
        new FilePlan().Reads("--config", "/dev/null").Writes("--json", "/dev/null").Writes("--output", "-").Check();
    }
}
