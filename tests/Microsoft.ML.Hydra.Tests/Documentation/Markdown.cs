using System.Text.RegularExpressions;
using Microsoft.ML.Hydra.Tests.Architecture;

namespace Microsoft.ML.Hydra.Tests.Documentation;

/// <summary>The repository's pages for readers, and what the tests look for in them.</summary>
internal static partial class Markdown
{
    /// <summary>The pages at the root, in <c>docs</c> and in <c>nuget</c>, relative to the repository.</summary>
    public static IEnumerable<string> Pages()
    {
        string root = Sources.Repository();
        return
            from file in Directory.EnumerateFiles(root, "*.md")
                .Concat(Directory.EnumerateFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories))
                .Append(Path.Combine(root, "nuget", "README.md"))
            select Path.GetRelativePath(root, file).Replace(Path.DirectorySeparatorChar, '/');
    }

    /// <summary>The text of a file of the repository, with <c>\n</c> at the end of each line.</summary>
    public static string Read(string file) => File.ReadAllText(Path.Combine(Sources.Repository(), file)).ReplaceLineEndings("\n");

    /// <summary>The code of a page's C# blocks, in their order.</summary>
    public static string[] CSharpBlocks(string page) => [.. CSharpBlock().Matches(Read(page)).Select(match => match.Groups[1].Value)];

    /// <summary>The page without its code, neither blocks nor spans.</summary>
    public static string WithoutCode(string text) => Code().Replace(text, "");

    /// <summary>The anchors of a page's headings, as the hosts of repositories make them.</summary>
    public static HashSet<string> Anchors(string page) =>
    [
        .. from Match heading in Heading().Matches(Code().Replace(Read(page), match => match.Value.Contains('\n', StringComparison.Ordinal) ? "" : match.Value))
           select NotInAnchors().Replace(heading.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'),
    ];

    [GeneratedRegex(@"^```csharp\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();

    [GeneratedRegex(@"^```.*?^```$|`[^`\n]*`", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"^#+ (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NotInAnchors();
}
