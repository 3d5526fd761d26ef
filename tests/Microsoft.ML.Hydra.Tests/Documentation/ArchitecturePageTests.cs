using System.Text.RegularExpressions;
using Microsoft.ML.Hydra.Tests.Architecture;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Documentation;

/// <summary>Holds the pages about the code to the code.</summary>
public sealed partial class ArchitecturePageTests
{
    [SkippableFact]
    public void The_small_types_are_in_the_files_that_the_table_names()
    {
        (string Type, string File)[] rows =
        [
            .. from Match row in SmallTypes().Matches(Markdown.Read("docs/notation.md"))
               from Match type in Code().Matches(row.Groups[1].Value)
               select (type.Groups[1].Value, row.Groups[2].Value),
        ];

        Assert.True(rows.Length > 30, $"Only {rows.Length} types were found in the table.");
        Assert.All(rows, row => Assert.Matches($@"\b(class|struct|interface|record|delegate \w+) {row.Type}\b", Markdown.Read($"src/Microsoft.ML.Hydra/{row.File}")));
    }

    [SkippableFact]
    public void The_files_that_the_architecture_names_are_there()
    {
        string library = Path.Combine(Sources.Repository(), "src", House.LibraryAssembly);
        HashSet<string> files = [.. Sources.Files(Path.Combine("src", House.LibraryAssembly)).Select(file => Path.GetFileName(file)!)];
        string[] named = [.. SourceFile().Matches(Markdown.Read("ARCHITECTURE.md")).Select(match => match.Groups[1].Value)];

        Assert.True(named.Length > 30, $"Only {named.Length} files are named.");
        Assert.All(named, file => Assert.True(
            file.Contains('/', StringComparison.Ordinal) ? File.Exists(Path.Combine(library, file)) || File.Exists(Path.Combine(Sources.Repository(), file)) : files.Contains(file),
            $"ARCHITECTURE.md names {file}, which is not there."));
    }

    [GeneratedRegex(@"^\| ((?:`\w+`(?:, )?)+) \| `([\w/]+\.cs)` \|$", RegexOptions.Multiline)]
    private static partial Regex SmallTypes();

    [GeneratedRegex(@"`(\w+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"`([\w/.]+\.cs)`")]
    private static partial Regex SourceFile();
}
