using System.Runtime.Versioning;

namespace Microsoft.ML.Hydra.Interop;

/// <summary>
/// Loads the native library of TorchSharp where the search of the runtime does not: where it is in another folder than libtorch, and on
/// Linux systems whose libstdc++ is that of GCC 12.
/// </summary>
/// <param name="folders">Folders that may hold native libraries, in order.</param>
internal sealed class NativeTorchLoader(IReadOnlyList<string> folders)
{
    /// <summary>The library that TorchSharp calls.</summary>
    public const string LibraryName = "LibTorchSharp";

    // GCC 13 moved the initialisation of streams into libstdc++ and binds programs to that with this version. The symbol behind
    // it is never called, so a libstdc++ without it is enough.
    private const string MarkerVersion = "GLIBCXX_3.4.32";

    private readonly Lock _lock = new();
    private nint _handle;

    /// <summary>Where a changed copy is made first; null for the system's folder.</summary>
    public string? TemporaryFolder { get; set; }

    /// <summary>Why the last <see cref="TryLoad"/> failed, as a sentence for the user.</summary>
    public string? Failure { get; private set; }

    /// <summary>Loads libtorch and then <see cref="LibraryName"/>; a library that was loaded once is not loaded again.</summary>
    /// <param name="handle">The library, or 0.</param>
    /// <param name="path">Where the library is known to be; null to search the folders.</param>
    public bool TryLoad(out nint handle, string? path = null)
    {
        lock (_lock)
        {
            if (_handle == 0)
            {
                Failure = null;
                _handle = Load(path is null ? folders : [Path.GetDirectoryName(path)!, .. folders]);
            }

            handle = _handle;
            return handle != 0;
        }
    }

    private nint Load(IReadOnlyList<string> places)
    {
        // Dependencies first: later libraries find them by name, whatever folder they were loaded from.
        if (LoadFrom(places, "c10") == 0 || LoadFrom(places, "torch_cpu") == 0)
        {
            return 0;
        }

        foreach (string optional in new[] { "torch_cuda", "torch" })
        {
            if (NativeTorchFolders.Find(places, optional) is string path)
            {
                NativeLibrary.TryLoad(path, out _);
            }
        }

        return LoadFrom(places, LibraryName);
    }

    private nint LoadFrom(IReadOnlyList<string> places, string library)
    {
        string? path = NativeTorchFolders.Find(places, library);
        if (path is null)
        {
            Failure = NativeTorchFailure.NotFound(library, NativeTorchFolders.RuntimeIdentifier);
            return 0;
        }

        try
        {
            return LoadFile(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            Failure = NativeTorchFailure.NotLoadable(path, e);
            return 0;
        }
    }

    private nint LoadFile(string path)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (DllNotFoundException e) when (OperatingSystem.IsLinux() && e.Message.Contains(MarkerVersion, StringComparison.Ordinal))
        {
            byte[] image = File.ReadAllBytes(path);
            if (ElfVersionRequirement.MakeWeak(image, MarkerVersion) == 0)
            {
                throw;
            }

            return LoadCopy(image, path);
        }
    }

    [UnsupportedOSPlatform("windows")]
    private nint LoadCopy(byte[] image, string path)
    {
        MakeTemporaryFolder();
        try
        {
            nint copy = PrivateLibraryCopy.Load(image, Path.GetFileName(path), CopyFolders(TemporaryFolder));
            LoadedLibraryName.Set(copy, path);
            return copy;
        }
        catch (DllNotFoundException e)
        {
            Failure = NativeTorchFailure.NoCopy(path, e.Message);
            return 0;
        }
    }

    // As ML.NET does; where it cannot be made, the next folder is used.
    private void MakeTemporaryFolder()
    {
        try
        {
            if (!string.IsNullOrEmpty(TemporaryFolder))
            {
                Directory.CreateDirectory(TemporaryFolder);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error after the last folder names this one too.
        }
    }

    /// <summary>The folders in which a changed copy is made, in order.</summary>
    /// <param name="temporaryFolder">The one that was chosen, or null.</param>
    public static IEnumerable<string> CopyFolders(string? temporaryFolder)
    {
        if (!string.IsNullOrEmpty(temporaryFolder))
        {
            yield return Path.GetFullPath(temporaryFolder);
        }

        yield return Path.GetTempPath();
        yield return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        yield return AppContext.BaseDirectory;
    }
}
