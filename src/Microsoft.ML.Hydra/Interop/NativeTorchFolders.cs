using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Microsoft.ML.Hydra.Interop;

/// <summary>Where the native libraries of an application lie, and what they are called.</summary>
internal static class NativeTorchFolders
{
    /// <summary>Portable runtime identifier of this process, such as <c>linux-x64</c>; names the folder in packages.</summary>
    public static string RuntimeIdentifier { get; } =
        $"{OperatingSystemName}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";

    private static string OperatingSystemName =>
        OperatingSystem.IsWindows() ? "win" :
        OperatingSystem.IsMacOS() ? "osx" :
        RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal) ? "linux-musl" : "linux";

    /// <summary>
    /// Every folder that may hold them, in order: those the host took from deps.json (the output, the published folder or
    /// the package cache), then the folders of TorchSharp.dll and of the application, each with its <c>runtimes</c> folder.
    /// </summary>
    [UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "In a single file the location is empty and the application's folder serves.")]
    public static IReadOnlyList<string> All()
    {
        string probed = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        var folders = new List<string>(probed.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries));
        foreach (string? root in new[] { Path.GetDirectoryName(typeof(torch).Assembly.Location), AppContext.BaseDirectory })
        {
            if (!string.IsNullOrEmpty(root))
            {
                folders.Add(root);
                folders.Add(Path.Combine(root, "runtimes", RuntimeIdentifier, "native"));
            }
        }

        return folders;
    }

    /// <summary>File name of a library on this system: <c>libX.so</c>, <c>libX.dylib</c> or <c>X.dll</c>.</summary>
    public static string FileName(string library) =>
        OperatingSystem.IsWindows() ? library + ".dll" :
        OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";

    /// <summary>Full path of a library in the first folder that has it, or <see langword="null"/>.</summary>
    public static string? Find(IEnumerable<string> folders, string library)
    {
        string fileName = FileName(library);
        return folders.Select(folder => Path.Combine(folder, fileName)).FirstOrDefault(File.Exists);
    }
}
