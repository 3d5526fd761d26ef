using Microsoft.ML.Hydra.Cli.Reporting;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Reporting;

public sealed class OutputFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void The_old_file_stays_until_the_commit()
    {
        string path = _directory.Write("out.json", "old");
        using OutputFile file = OutputFile.Create(path);
        file.Stream.Write("new"u8);

        Assert.Equal("old", File.ReadAllText(path));
        file.Commit();
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal(["out.json"], _directory.FileNames());
    }

    [Fact]
    public void Without_a_commit_the_new_file_is_removed_and_the_old_one_stays()
    {
        string path = _directory.Write("out.json", "old");
        using (OutputFile file = OutputFile.Create(path))
        {
            file.Stream.Write("half"u8);
        }

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal(["out.json"], _directory.FileNames());
    }

    [Fact]
    public void A_stream_that_its_writer_closed_can_be_committed()
    {
        string path = _directory.PathTo("model.zip");
        using OutputFile file = OutputFile.Create(path);
        file.Stream.Write("x"u8);
        file.Stream.Dispose();
        file.Commit();

        Assert.Equal("x", File.ReadAllText(path));
    }

    [Fact]
    public void A_missing_directory_is_an_error_at_once()
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => OutputFile.Create(_directory.PathTo("no/out.json")));

        Assert.Contains("The directory of the output", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_cannot_be_an_output()
    {
        Directory.CreateDirectory(_directory.PathTo("sub"));

        Assert.Contains(
            "is a directory", Assert.Throws<UserErrorException>(() => OutputFile.Create(_directory.PathTo("sub"))).Message, StringComparison.Ordinal);
    }
}
