using System.Diagnostics;
using Microsoft.ML.Hydra.Cli.Output;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Output;

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

    [Fact]
    public void A_link_is_followed_and_stays()
    {
        string target = _directory.Write("v7.zip", "old");
        string link = _directory.PathTo("current.zip");
        File.CreateSymbolicLink(link, "v7.zip");
        using (OutputFile file = OutputFile.Create(link))
        {
            file.Stream.Write("new"u8);
            Assert.Equal("old", File.ReadAllText(target));
            file.Commit();
        }

        Assert.Equal("new", File.ReadAllText(target));
        Assert.Equal("v7.zip", new FileInfo(link).LinkTarget);
    }

    [Fact]
    public void What_a_killed_process_left_is_removed_and_nothing_else()
    {
        string path = _directory.PathTo("m.zip");
        _directory.Write(".m.zip.abcdefgh.ijk.partial", "left");
        string[] others = [".m.zip.mine.partial", ".m.zip.abcdefgh.ijk.partial.txt", ".other.zip.abcdefgh.ijk.partial"];
        Array.ForEach(others, name => _directory.Write(name, "kept"));
        using OutputFile running = OutputFile.Create(path);
        using OutputFile next = OutputFile.Create(path);

        string[] names = _directory.FileNames();
        Assert.DoesNotContain(".m.zip.abcdefgh.ijk.partial", names);
        Assert.Equal(others.Length + 2, names.Length);    // and the two that are being written
        Assert.All(others, name => Assert.Contains(name, names));
        running.Commit();
        next.Commit();
    }

    [Fact]
    public void Space_that_is_reserved_is_given_back()
    {
        string path = _directory.PathTo("m.zip");
        using OutputFile file = OutputFile.Create(path);
        file.Reserve(1 << 20, 1 << 20);
        file.Stream.Write("x"u8);
        file.Commit();

        Assert.Equal("x", File.ReadAllText(path));
        Assert.Equal(["m.zip"], _directory.FileNames());
    }

    [Fact]
    public void More_space_than_the_disk_has_is_an_error_and_the_old_file_stays()
    {
        string path = _directory.Write("m.zip", "old");
        using (OutputFile file = OutputFile.Create(path))
        {
            UserErrorException error = Assert.Throws<UserErrorException>(() => file.Reserve(1L << 50, 1L << 50));
            Assert.Contains("MB free, and the output needs about 1073741824.0 MB", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal(["m.zip"], _directory.FileNames());
    }

    [Theory]
    [InlineData("-")]
    [InlineData("/dev/stdout")]
    public void The_standard_output_is_written_to_as_it_is(string name)
    {
        using var stream = new MemoryStream();
        using OutputFile file = OutputFile.Create(name, () => stream);
        Assert.True(file.IsStandardOutput);
        Assert.False(file.Stream.CanSeek);
        file.Stream.Write("text"u8);
        file.Commit();

        Assert.Equal("text"u8.ToArray(), stream.ToArray());
    }

    [SkippableFact]
    public async Task A_pipe_is_written_to_and_stays()
    {
        Skip.If(OperatingSystem.IsWindows(), "There are no named pipes in folders.");
        string pipe = _directory.PathTo("pipe");
        using (Process make = Process.Start("mkfifo", [pipe]))
        {
            make.WaitForExit();
        }

        Task<string> reader = Task.Run(() => File.ReadAllText(pipe));
        using (OutputFile file = OutputFile.Create(pipe))
        {
            Assert.False(file.IsFile);
            file.Stream.Write("through"u8);
            file.Commit();
        }

        Assert.Equal("through", await reader);
        Assert.Equal(FileKind.Stream, FileFacts.Read(pipe).Kind);
        Assert.Equal(["pipe"], _directory.FileNames());
    }

    [SkippableFact]
    public void A_device_is_written_to_and_stays()
    {
        Skip.IfNot(File.Exists("/dev/null"), "There is no such device.");
        using (OutputFile file = OutputFile.Create("/dev/null"))
        {
            file.Stream.Write("away"u8);
            file.Commit();
        }

        Assert.Equal(FileKind.Stream, FileFacts.Read("/dev/null").Kind);
    }
}
