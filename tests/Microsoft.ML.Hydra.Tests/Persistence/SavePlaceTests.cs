using Microsoft.ML.Hydra.Persistence;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Persistence;

/// <summary>A folder is judged by whether it can be written and by its free space.</summary>
public sealed class SavePlaceTests
{
    [Fact]
    public void A_folder_with_space_has_no_problem_and_keeps_no_file()
    {
        using var directory = new TemporaryDirectory();

        Assert.Null(SavePlace.FindProblem(directory.FullName, 1000, isCompressed: false));
        Assert.Empty(directory.FileNames);
    }

    [Fact]
    public void Too_little_space_is_said_in_bytes()
    {
        using var directory = new TemporaryDirectory();

        Assert.Matches("^has [0-9,]+ bytes free, and the model needs about 9,000,000,000,000,000,000$", SavePlace.FindProblem(directory.FullName, 9_000_000_000_000_000_000, isCompressed: false)!);
        Assert.Matches("needs about 7,6[0-9,]+$", SavePlace.FindProblem(directory.FullName, 9_000_000_000_000_000_000, isCompressed: true)!);
    }

    [Fact]
    public void A_folder_that_is_missing_or_a_file_cannot_be_written()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory["file"], "");

        Assert.StartsWith("cannot be written (", SavePlace.FindProblem(directory["file"], 1, isCompressed: false), StringComparison.Ordinal);
        Assert.StartsWith("cannot be written (", SavePlace.FindProblem(directory["none"], 1, isCompressed: false), StringComparison.Ordinal);
    }
}
