using Microsoft.ML.Hydra.Persistence;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Persistence;

public sealed class AtomicFileTests
{
    [Fact]
    public void A_file_is_created_and_replaced()
    {
        using var directory = new TemporaryDirectory();

        AtomicFile.Write(directory["file"], stream => stream.Write([1, 2, 3]));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(directory["file"]));

        AtomicFile.Write(directory["file"], stream => stream.Write([4]));
        Assert.Equal([4], File.ReadAllBytes(directory["file"]));
        Assert.Equal(["file"], directory.FileNames);
    }

    [Fact]
    public void The_old_file_is_whole_while_the_new_one_is_written()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory["file"], "old");

        AtomicFile.Write(directory["file"], stream =>
        {
            stream.Write([1, 2]);
            stream.Flush();
            Assert.Equal("old", File.ReadAllText(directory["file"]));
        });

        Assert.Equal([1, 2], File.ReadAllBytes(directory["file"]));
    }

    [Fact]
    public void A_failure_leaves_only_the_old_file()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory["file"], "old");

        Assert.Throws<FormatException>(() => AtomicFile.Write(directory["file"], stream =>
        {
            stream.Write([1, 2]);
            throw new FormatException();
        }));

        Assert.Equal("old", File.ReadAllText(directory["file"]));
        Assert.Equal(["file"], directory.FileNames);
    }

    [Fact]
    public void Only_leftovers_of_the_prefix_are_deleted()
    {
        using var directory = new TemporaryDirectory();
        foreach (string name in new[] { "a-1.0123.aside", "a-1", "b-1.0123.aside" })
        {
            File.WriteAllText(directory[name], name);
        }

        AtomicFile.DeleteLeftovers(directory.FullName, "a-");

        Assert.Equal(["a-1", "b-1.0123.aside"], directory.FileNames);
    }
}
