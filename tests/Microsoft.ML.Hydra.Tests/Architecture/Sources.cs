using Xunit;

namespace Microsoft.ML.Hydra.Tests.Architecture;

/// <summary>The repository that the tests were built from, found from where they run.</summary>
internal static class Sources
{
    /// <summary>The repository's folder. Skips the test when the binaries were moved away from it.</summary>
    public static string Repository()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Microsoft.ML.Hydra.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        Skip.If(folder is null, "No Microsoft.ML.Hydra.sln above the test binaries: the sources are not here.");
        return folder!;
    }

    /// <summary>Source files under the given folders of the repository, without build outputs.</summary>
    public static IEnumerable<string> Files(params string[] folders) =>
        from folder in folders
        from file in Directory.EnumerateFiles(Path.Combine(Repository(), folder), "*.cs", SearchOption.AllDirectories)
        where !Path.GetRelativePath(Repository(), file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj")
        select file;

    public static string Name(string file) => Path.GetRelativePath(Repository(), file);
}
