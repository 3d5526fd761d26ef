using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.ML.Hydra.Tests.Integration;
using Xunit;

namespace Microsoft.ML.Hydra.Tests.Documentation;

/// <summary>The C# code in the documents compiles, and the first snippet of README.md runs as pasted.</summary>
public sealed class SnippetTests
{
    // What the later snippets of a page take as given, beside the variables of the first one
    private const string Given = """
        string[] history = ["product 7", "product 9"];
        var inStock = new HashSet<string>();
        HydraSequenceRecommendationTrainer pipeline = recommendation.Trainers.Hydra();
        IDataView items = mlContext.Data.LoadFromEnumerable(purchases);
        """;

    [SkippableFact]
    public void The_first_snippet_runs_as_pasted_into_a_new_console_project()
    {
        string program = Path.Combine(AppContext.BaseDirectory, "ReadmeSnippet.dll");     // among the libraries that it needs
        SnippetCompiler.Compile(Markdown.CSharpBlocks("README.md")[0], program);

        string output = Run(program);

        Assert.Contains("400 users", output, StringComparison.Ordinal);
        Assert.Equal(3, Regex.Count(output, @"^product \d+: ", RegexOptions.Multiline));
    }

    [SkippableFact]
    public void The_package_readme_has_the_first_snippet_of_the_readme() =>
        Assert.Equal(Markdown.CSharpBlocks("README.md")[0], Markdown.CSharpBlocks("nuget/README.md").Single());

    [SkippableFact]
    public void The_other_snippets_compile_after_the_first_one()
    {
        (string Page, string Code)[] others =
        [
            .. from page in Markdown.Pages()
               from code in Markdown.CSharpBlocks(page)
               where code != Markdown.CSharpBlocks("README.md")[0]
               select (page, code),
        ];

        Assert.NotEmpty(others);
        string first = Markdown.CSharpBlocks("README.md")[0];
        int types = first.LastIndexOf("\nrecord ", StringComparison.Ordinal);
        Assert.All(others, other => SnippetCompiler.Check(
            $"using Microsoft.ML.Hydra.Text;\n{first[..types]}\n{Given}\nvoid Other()\n{{\n// {other.Page}\n{other.Code}}}\n{first[types..]}"));
    }

    // A process of its own: the snippet writes to the console and saves its model in the current directory.
    private static string Run(string program)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("hydra-readme-");
        string tests = Path.Combine(AppContext.BaseDirectory, "Microsoft.ML.Hydra.Tests");
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(
                SecondProcess.Host(), ["exec", "--runtimeconfig", $"{tests}.runtimeconfig.json", "--depsfile", $"{tests}.deps.json", program])
            {
                WorkingDirectory = folder.FullName,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            string output = SecondProcess.OutputOf(process);
            Assert.True(File.Exists(Path.Combine(folder.FullName, "model.zip")), "The snippet saved no model.zip.");
            return output;
        }
        finally
        {
            folder.Delete(recursive: true);
            File.Delete(program);
        }
    }
}
