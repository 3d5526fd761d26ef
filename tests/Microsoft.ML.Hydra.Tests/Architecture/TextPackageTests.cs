using System.Text.RegularExpressions;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Architecture;

/// <summary>The rooms of the package of item texts, and the arrows between them, as the using directives show them.</summary>
public sealed partial class TextPackageTests
{
    // Each room, and the rooms of the package that it uses. The doors in the root use all, and no room uses a room that is not listed.
    private static readonly Dictionary<string, string[]> s_rooms = new()
    {
        ["LanguageModels"] = [],
        ["Caching"] = [],
        ["Tokenizers"] = ["LanguageModels"],
        ["Forward"] = ["LanguageModels"],
        ["Encoders"] = ["LanguageModels", "Tokenizers", "Forward"],
        ["Featurizing"] = ["Caching"],
        ["Interop"] = ["LanguageModels", "Encoders", "Featurizing"],
        ["Tuning"] = ["LanguageModels", "Tokenizers", "Forward", "Encoders", "Featurizing"],
    };

    [SkippableFact]
    public void Rooms_use_only_those_of_the_table()
    {
        string[] found =
        [
            .. from file in Files()
               let room = RoomOf(file)
               where room.Length > 0
               from Match match in UsingRoom().Matches(File.ReadAllText(file))
               let used = match.Groups[1].Value
               where used != room && !(s_rooms.TryGetValue(room, out string[]? allowed) && allowed.Contains(used))
               select $"{Sources.Name(file)} → {used}",
        ];

        Assert.True(found.Length == 0, $"Arrows that are not in the table of {nameof(TextPackageTests)}: {string.Join(", ", found)}.");
    }

    [SkippableFact]
    public void Only_the_tuning_uses_TorchSharp_and_only_its_encoder_uses_ONNX_Runtime()
    {
        string[] torch = [.. Files().Where(file => UsingTorch().IsMatch(File.ReadAllText(file)) && RoomOf(file) != "Tuning").Select(Sources.Name)];
        string[] onnx = [.. Files().Where(file => UsingOnnx().IsMatch(File.ReadAllText(file)) && !Path.GetFileName(file).StartsWith("Onnx", StringComparison.Ordinal)).Select(Sources.Name)];

        Assert.True(torch.Length == 0, $"TorchSharp outside Tuning: {string.Join(", ", torch)}; a process that only encodes must not load it.");
        Assert.True(onnx.Length == 0, $"ONNX Runtime outside its encoder: {string.Join(", ", onnx)}; other encoders must not load it.");
    }

    [SkippableFact]
    public void The_core_library_does_not_know_the_package()
    {
        string[] found = [.. Sources.Files(Path.Combine("src", House.LibraryAssembly)).Where(file => File.ReadAllText(file).Contains("using " + House.TextAssembly, StringComparison.Ordinal)).Select(Sources.Name)];

        Assert.True(found.Length == 0, $"Uses {House.TextAssembly}: {string.Join(", ", found)}.");
        Assert.DoesNotContain(House.TextAssembly + ".csproj", File.ReadAllText(Path.Combine(Sources.Repository(), "src", House.LibraryAssembly, House.LibraryAssembly + ".csproj")), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Files() => Sources.Files(Path.Combine("src", House.TextAssembly));

    // Empty for a file of the root
    private static string RoomOf(string file)
    {
        string[] parts = Path.GetRelativePath(Path.Combine(Sources.Repository(), "src", House.TextAssembly), file).Split(Path.DirectorySeparatorChar);
        return parts.Length == 1 ? "" : parts[0];
    }

    [GeneratedRegex(@"^using (?:static |\w+ = )?Microsoft\.ML\.Hydra\.Text\.([A-Z]\w+)(?=[;.])", RegexOptions.Multiline)]
    private static partial Regex UsingRoom();

    [GeneratedRegex(@"^using (?:static |\w+ = )?TorchSharp\b", RegexOptions.Multiline)]
    private static partial Regex UsingTorch();

    [GeneratedRegex(@"^using (?:static |\w+ = )?Microsoft\.ML\.OnnxRuntime\b", RegexOptions.Multiline)]
    private static partial Regex UsingOnnx();
}
