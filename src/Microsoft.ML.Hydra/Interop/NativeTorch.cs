using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.Loader;
using TorchSharp;

namespace Microsoft.ML.Hydra.Interop;

/// <summary>Makes TorchSharp usable. Must be called before any other use of it.</summary>
internal static class NativeTorch
{
    private static readonly Lock EnsureLock = new();
    private static readonly NativeTorchLoader Loader = new(NativeTorchFolders.All());
    private static bool s_isResolving;
    private static volatile bool s_isLoaded;

    /// <summary>The assembly of TorchSharp. typeof does not run the static constructor of torch, which loads the library and, on failure, prints and copies.</summary>
    public static Assembly TorchAssembly => typeof(torch).Assembly;

    /// <summary>
    /// Loads the native backend once, on any thread. The runtime searches first; <see cref="NativeTorchLoader"/> is used only where that fails.
    /// </summary>
    /// <param name="temporaryFolder">Where a changed copy of the library is made first, if one is needed; null for the system's folder.</param>
    /// <exception cref="InvalidOperationException">It is missing or broken; the message names the package and what to do.</exception>
    public static void EnsureLoaded(string? temporaryFolder = null)
    {
        if (s_isLoaded)
        {
            return;
        }

        lock (EnsureLock)
        {
            if (!s_isLoaded)
            {
                Load(temporaryFolder);
                s_isLoaded = true;
            }
        }
    }

    private static void Load(string? temporaryFolder)
    {
        Assembly assembly = TorchAssembly;
        Loader.TemporaryFolder = temporaryFolder;
        if (!s_isResolving)
        {
            (AssemblyLoadContext.GetLoadContext(assembly) ?? AssemblyLoadContext.Default).ResolvingUnmanagedDll += Resolve;
            s_isResolving = true;
        }

        if (!CanFind(assembly))
        {
            throw new InvalidOperationException(
                Loader.Failure ?? NativeTorchFailure.NotFound(NativeTorchLoader.LibraryName, NativeTorchFolders.RuntimeIdentifier));
        }

        try
        {
            RuntimeHelpers.RunClassConstructor(typeof(torch).TypeHandle);
            torch.InitializeDeviceType(DeviceType.CPU);
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException or EntryPointNotFoundException or NotSupportedException or ExternalException)
        {
            throw new InvalidOperationException(NativeTorchFailure.NotUsable(e), e);
        }
    }

    // A load context of the application's own may throw in its search, and the search ends there.
    private static bool CanFind(Assembly assembly)
    {
        try
        {
            return NativeLibrary.TryLoad(NativeTorchLoader.LibraryName, assembly, null, out _);
        }
        catch (Exception e)
        {
            string? found = NativeTorchFolders.NamedIn(e, NativeTorchLoader.LibraryName);
            return Loader.TryLoad(out _, found) && CanFindAgain(assembly, found);
        }
    }

    private static bool CanFindAgain(Assembly assembly, string? found)
    {
        try
        {
            return NativeLibrary.TryLoad(NativeTorchLoader.LibraryName, assembly, null, out _);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException(NativeTorchFailure.NotLoadable(found ?? NativeTorchLoader.LibraryName, e), e);
        }
    }

    private static nint Resolve(Assembly assembly, string libraryName) =>
        libraryName == NativeTorchLoader.LibraryName && Loader.TryLoad(out nint handle) ? handle : 0;
}

/// <summary>The folders and file names of the native libraries of an application.</summary>
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
    [UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "In a single file the location is empty, and the application's folder is used.")]
    public static IReadOnlyList<string> All()
    {
        string probed = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        var folders = new List<string>(probed.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries));
        foreach (string? root in new[] { Path.GetDirectoryName(NativeTorch.TorchAssembly.Location), AppContext.BaseDirectory })
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

    /// <summary>The full path of a library that an error names between quotes, or <see langword="null"/>.</summary>
    public static string? NamedIn(Exception error, string library) => error.GetBaseException().Message
        .Split('\'', '"').FirstOrDefault(part => Path.IsPathFullyQualified(part) && Path.GetFileName(part) == FileName(library) && File.Exists(part));

    /// <summary>Full path of a library in the first folder that has it, or <see langword="null"/>.</summary>
    public static string? Find(IEnumerable<string> folders, string library)
    {
        string fileName = FileName(library);
        return folders.Select(folder => Path.Combine(folder, fileName)).FirstOrDefault(File.Exists);
    }
}

/// <summary>The one sentence that a user reads when the native backend of TorchSharp cannot be used.</summary>
internal static class NativeTorchFailure
{
    private static readonly string Version = NativeTorch.TorchAssembly.GetName().Version?.ToString(3) ?? "";

    /// <summary>A native library is not in any of the folders.</summary>
    /// <param name="library">Name of the library, such as <c>torch_cpu</c>.</param>
    /// <param name="runtimeIdentifier">The system, such as <c>linux-x64</c>.</param>
    public static string NotFound(string library, string runtimeIdentifier) =>
        runtimeIdentifier is "linux-x64" or "win-x64" or "osx-arm64"
            ? $"The native library '{library}' of TorchSharp was not found: add a PackageReference to TorchSharp-cpu {Version} " +
              $"(with an NVIDIA GPU: TorchSharp-cuda-linux or TorchSharp-cuda-windows {Version}) to the application's project."
            : $"The native library '{library}' of TorchSharp was not found, and TorchSharp-cpu {Version} has none for " +
              $"'{runtimeIdentifier}': run the application on linux-x64 (glibc), win-x64 or osx-arm64.";

    /// <summary>A native library exists but the system does not load it.</summary>
    /// <param name="path">The library.</param>
    /// <param name="error">The error of the system.</param>
    public static string NotLoadable(string path, Exception error) =>
        $"The native library '{path}' of TorchSharp could not be loaded ({Reason(error)}): {Remedy}.";

    /// <summary>No folder can hold the changed copy that this system needs.</summary>
    /// <param name="path">The library.</param>
    /// <param name="folders">The folders, each with what went wrong there.</param>
    public static string NoCopy(string path, string folders) =>
        $"This system needs a changed copy of the native library '{path}' of TorchSharp, which could not be made and loaded in any of {folders}: " +
        "set MLContext.TempFilePath or the environment variable TMPDIR to a folder that can be written to and is not mounted with the option noexec.";

    /// <summary>The libraries are loaded but TorchSharp does not start on them.</summary>
    /// <param name="error">The error of TorchSharp.</param>
    public static string NotUsable(Exception error) =>
        $"TorchSharp could not be initialised ({Reason(error)}): {Remedy}, and call no TorchSharp method before the first use of this library.";

    private static string Remedy
    {
        get
        {
            string packages = $"reference TorchSharp-cpu or a TorchSharp-cuda package in exactly version {Version}";
            return OperatingSystem.IsWindows() ? $"install the latest Microsoft Visual C++ Redistributable and {packages}" :
                OperatingSystem.IsLinux() ? $"use a system with glibc 2.34 and the libstdc++ of GCC 12 or newer, and {packages}" :
                packages;
        }
    }

    /// <summary>
    /// What went wrong, in a few words. The loader of a library puts advice first and the message of the system last; TorchSharp appends a trace to its message.
    /// </summary>
    public static string Reason(Exception error)
    {
        Exception cause = error.GetBaseException();
        string[] lines = cause.Message.Split(
            ['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string? line = cause is DllNotFoundException ? lines.LastOrDefault() : lines.FirstOrDefault();
        return line?.TrimEnd('.') ?? cause.GetType().Name;
    }
}
