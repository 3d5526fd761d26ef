using System.Text.RegularExpressions;
using Microsoft.ML.Hydra.Tests.Architecture;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Documentation;

/// <summary>Links between the repository's pages lead somewhere.</summary>
public sealed class LinkTests
{
    [SkippableFact]
    public void Relative_links_lead_to_a_file_and_to_a_heading_in_it()
    {
        string[] broken =
        [
            .. from page in Markdown.Pages()
               from Match link in Regex.Matches(Markdown.WithoutCode(Markdown.Read(page)), @"\]\(([^)\s]+)\)")
               let target = link.Groups[1].Value
               where !target.Contains("://", StringComparison.Ordinal) && !Exists(page, target)
               select $"{page}: {target}",
        ];

        Assert.True(broken.Length == 0, $"These links lead nowhere:{Environment.NewLine}{string.Join(Environment.NewLine, broken)}");
    }

    private static bool Exists(string page, string target)
    {
        (string path, string? anchor) = target.Split('#') is [var before, var after] ? (before, after) : (target, null);
        string root = Sources.Repository();
        string file = path.Length == 0 ? page : Path.GetRelativePath(root, Path.Combine(root, Path.GetDirectoryName(page)!, path));
        return Path.Exists(Path.Combine(root, file)) && (anchor is null || Markdown.Anchors(file).Contains(anchor));
    }
}
