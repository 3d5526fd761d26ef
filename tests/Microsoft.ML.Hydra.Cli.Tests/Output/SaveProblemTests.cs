using Microsoft.ML.Hydra.Cli.Output;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Output;

public sealed class SaveProblemTests
{
    [Fact]
    public void A_folder_without_space_is_named_with_the_output_and_readable_sizes()
    {
        var refused = new InvalidOperationException(
            "The model could not be saved after training: SaveDirectory '/d' has 2,048 bytes free, and the model needs about 3,145,728; free space there, or choose another directory.");

        Assert.Equal(
            "The model could not be saved to 'm.zip' after the training: the folder '/d' has 2.0 KB free, and the model needs about 3.0 MB; nothing was trained: free space there, or choose an output in another folder.",
            SaveProblem.Describe(refused, "m.zip", "/d"));
        Assert.Null(SaveProblem.Describe(new InvalidOperationException("Another error."), "m.zip", "/d"));
    }

    [Theory]
    [InlineData(0, "0.0 KB")]
    [InlineData(4608, "4.5 KB")]
    [InlineData(1048576, "1.0 MB")]
    public void Sizes_below_a_megabyte_are_in_kilobytes(long bytes, string expected) => Assert.Equal(expected, DiskSpace.Format(bytes));
}
