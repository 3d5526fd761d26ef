using Microsoft.ML.Hydra.Cli.Binding;
using Xunit;

namespace Microsoft.ML.Hydra.Cli.Tests.Binding;

public sealed class SpaceFileTests
{
    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "configs", "spaces");

    public static TheoryData<string> Names => [.. Directory.EnumerateFiles(s_folder, "*.json").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_published_spaces_hold_options_that_can_be_varied(string name) => Assert.NotEmpty(SpaceFile.Read(Path.Combine(s_folder, name)).OptionNames);

    [Fact]
    public void Without_a_file_the_default_space_is_used_and_fixed_options_are_removed_from_both()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Write("space.json", """{ "DropoutRate": [0.1, 0.3], "LearningRate": { "logUniform": [0.001, 0.01] } }""");

        Assert.Equal(HydraSearchSpace.Default.OptionNames, SpaceFile.ReadOr(null, HydraSearchSpace.Default, []).OptionNames);
        Assert.Equal(HydraSearchSpace.Default.OptionNames.Except(["DropoutRate"]), SpaceFile.ReadOr(null, HydraSearchSpace.Default, ["dropoutrate"]).OptionNames);
        Assert.Equal(["LearningRate"], SpaceFile.ReadOr(path, HydraSearchSpace.Default, ["DropoutRate", "Seed"]).OptionNames);
    }

    [Fact]
    public void The_error_names_a_file_that_is_missing_or_holds_no_space()
    {
        using var directory = new TemporaryDirectory();
        string wrong = directory.Write("wrong.json", """{ "NoSuchOption": [1, 2] }""");

        Assert.Contains("nowhere.json", Assert.Throws<UserErrorException>(() => SpaceFile.Read("nowhere.json")).Message, StringComparison.Ordinal);
        string message = Assert.Throws<UserErrorException>(() => SpaceFile.Read(wrong)).Message;
        Assert.StartsWith(wrong, message, StringComparison.Ordinal);
        Assert.Contains("NoSuchOption", message, StringComparison.Ordinal);
    }
}
