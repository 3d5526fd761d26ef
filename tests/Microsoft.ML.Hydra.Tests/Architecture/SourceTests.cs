using System.Text.RegularExpressions;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Architecture;

/// <summary>House rules that only the source shows.</summary>
public sealed partial class SourceTests
{
    private const int MostLines = 400;
    private const int ShortLines = 30;

    [SkippableFact]
    public void No_file_is_longer_than_400_lines()
    {
        string[] found =
        [
            .. from file in Sources.Files("src", "tests", "samples", "nuget")
               let lines = File.ReadLines(file).Count()
               where lines > MostLines
               select $"{Sources.Name(file)} ({lines})",
        ];

        Assert.True(found.Length == 0, $"Longer than {MostLines} lines: {string.Join(", ", found)}; split them.");
    }

    // A file holds one idea: its main type, by whose name it is found, and what belongs to that type; or an operation's two directions.
    [SkippableFact]
    public void A_file_has_the_name_of_a_type_in_it_or_the_beginning_of_one()
    {
        string[] found =
        [
            .. from file in Sources.Files("src")
               let types = TopLevelTypes(file)
               where types.Length > 0 && !types.Any(type => IsNamedAfter(file, type))
               select $"{Sources.Name(file)} ({string.Join(", ", types)})",
        ];

        Assert.True(found.Length == 0, $"Named after no type in the file: {string.Join("; ", found)}.");
    }

    [SkippableTheory]
    [InlineData(House.LibraryAssembly)]
    [InlineData(House.TextAssembly)]
    public void A_public_type_has_a_file_alone(string library)
    {
        string[] found =
        [
            .. from file in Sources.Files(Path.Combine("src", library))
               where Path.GetDirectoryName(Sources.Name(file)) == Path.Combine("src", library)
               let types = TopLevelTypes(file)
               where types.Length > 1
               select $"{Sources.Name(file)} ({string.Join(", ", types)})",
        ];

        Assert.True(found.Length == 0, $"Several types in a file of the root: {string.Join("; ", found)}.");
    }

    [SkippableTheory]
    [InlineData(House.LibraryAssembly)]
    [InlineData(House.TextAssembly)]
    public void At_most_a_tenth_of_the_library_are_short_files(string library)
    {
        string[] files = [.. Sources.Files(Path.Combine("src", library))];
        string[] found = [.. from file in files where File.ReadLines(file).Count() < ShortLines select Sources.Name(file)];

        Assert.True(
            found.Length <= files.Length / 10,
            $"{found.Length} of {files.Length} files have fewer than {ShortLines} lines: {string.Join(", ", found)}; put small types into the file of their user.");
    }

    // The compiler inlines constants and drops nameof: the using directives are the only trace they leave.
    [SkippableFact]
    public void Using_directives_name_only_rooms_that_the_table_allows()
    {
        string library = Path.Combine(Sources.Repository(), "src", House.LibraryAssembly);
        string[] found =
        [
            .. from file in Sources.Files(Path.Combine("src", House.LibraryAssembly))
               let parts = Path.GetRelativePath(library, file).Split(Path.DirectorySeparatorChar)
               let room = House.Named(parts.Length == 1 ? House.Doors : parts[0])
               from Match match in UsingRoom().Matches(File.ReadAllText(file))
               let used = match.Groups[1].Value
               where used != room.Name && !room.Uses.Contains(used)
               select $"{Sources.Name(file)} → {used}",
        ];

        Assert.True(found.Length == 0, $"Arrows that are not in the table of House.cs: {string.Join(", ", found)}.");
    }

    private static string[] TopLevelTypes(string file) =>
        [.. TypeDeclaration().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)];

    // Name.cs, Name.Part.cs for a nested part; Mix.cs for MixForward and MixBackward.
    private static bool IsNamedAfter(string file, string type) => type.StartsWith(Path.GetFileName(file).Split('.')[0], StringComparison.Ordinal);

    // File-scoped namespaces: only a top-level type starts at the margin.
    [GeneratedRegex(@"^(?:(?:public|internal|file|sealed|static|abstract|partial|readonly|ref|unsafe) )*(?:class|struct|interface|enum|record(?: struct| class)?|delegate [^\s(]+) (\w+)", RegexOptions.Multiline)]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex(@"^(?:global )?using [^;]*\bMicrosoft\.ML\.Hydra\.([A-Z]\w+)(?=[;.])(?<!Trainer)", RegexOptions.Multiline)]
    private static partial Regex UsingRoom();
}
