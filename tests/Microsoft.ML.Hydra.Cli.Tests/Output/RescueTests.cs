using Microsoft.ML.Hydra.Cli.Output;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Output;

public sealed class RescueTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_result_whose_output_fails_goes_to_the_first_folder_that_takes_it()
    {
        Directory.CreateDirectory(_directory.PathTo("there"));
        _directory.Write("there/model.saved.zip", "of an earlier time");
        var rescue = new Rescue([_directory.PathTo("missing"), _directory.PathTo("there")]);
        using OutputFile output = OutputFile.Create("-", () => new FailingStream(3));

        UserErrorException error = Assert.Throws<UserErrorException>(
            () => rescue.Save(output, new Result("the trained model", "model.zip", stream => stream.Write("weights"u8))));

        string saved = _directory.PathTo("there/model.saved-2.zip");
        Assert.Equal($"The output '-' could not be written: No space left on device. Nothing is lost: the trained model is in '{saved}'.", error.Message);
        Assert.Equal("weights", File.ReadAllText(saved));
        Assert.Equal("of an earlier time", File.ReadAllText(_directory.PathTo("there/model.saved.zip")));
    }

    [Fact]
    public void A_writer_that_fails_is_called_again_for_the_next_folder()
    {
        bool isFirst = true;
        string path = _directory.Write("m.zip", "old");
        using OutputFile output = OutputFile.Create(path);
        UserErrorException error = Assert.Throws<UserErrorException>(() => new Rescue().Save(output, new Result("the trained model", "model.zip", stream =>
        {
            stream.Write("half"u8);
            (bool fails, isFirst) = (isFirst, false);
            if (fails)
            {
                throw new IOException("the temporary disk is full");
            }
        })));

        Assert.Contains("the temporary disk is full. Nothing is lost", error.Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal("half", File.ReadAllText(_directory.PathTo("m.saved.zip")));
    }

    [Fact]
    public void An_error_of_the_data_is_not_one_of_the_output()
    {
        using OutputFile output = OutputFile.Create(_directory.PathTo("o.csv"));
        var result = new Result("the csv", "o.csv", _ => throw new IOException("the data end early")) { ReadsData = true };

        Assert.Equal("the data end early", Assert.Throws<IOException>(() => new Rescue().Save(output, result)).Message);
        Assert.Single(_directory.FileNames());    // the file in progress
    }

    [Fact]
    public void Where_no_folder_takes_it_the_error_says_so()
    {
        using OutputFile output = OutputFile.Create("-", () => new FailingStream(0));

        Assert.Equal(
            "The output '-' could not be written: No space left on device. No other folder took the report either.",
            Assert.Throws<UnsavedResultException>(() => new Rescue([]).Save(output, new Result("the report", "r.json", stream => stream.Write("x"u8)))).Message);
    }
}
