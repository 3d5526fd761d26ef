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

    /// <summary>Why the last <see cref="TryLoad"/> failed, as a sentence for the user.</summary>
    public string? Failure { get; private set; }

    /// <summary>Loads libtorch and then <see cref="LibraryName"/>; a library that was loaded once is not loaded again.</summary>
    /// <param name="handle">The library, or 0.</param>
    public bool TryLoad(out nint handle)
    {
        lock (_lock)
        {
            if (_handle == 0)
            {
                Failure = null;
                _handle = Load();
            }

            handle = _handle;
            return handle != 0;
        }
    }

    private nint Load()
    {
        // Dependencies first: later libraries find them by name, whatever folder they were loaded from.
        if (LoadFrom("c10") == 0 || LoadFrom("torch_cpu") == 0)
        {
            return 0;
        }

        foreach (string optional in new[] { "torch_cuda", "torch" })
        {
            if (NativeTorchFolders.Find(folders, optional) is string path)
            {
                NativeLibrary.TryLoad(path, out _);
            }
        }

        return LoadFrom(LibraryName);
    }

    private nint LoadFrom(string library)
    {
        string? path = NativeTorchFolders.Find(folders, library);
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

    private static nint LoadFile(string path)
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

            return PrivateLibraryCopy.Load(image, Path.GetFileName(path), CopyFolders());
        }
    }

    private static IEnumerable<string> CopyFolders()
    {
        yield return Path.GetTempPath();
        yield return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        yield return AppContext.BaseDirectory;
    }
}

/// <summary>
/// Loads a native library from bytes, through a file in a new folder that only this user can enter and that is deleted as soon as the library
/// is loaded. Processes share no file, so none can replace that of another.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal static class PrivateLibraryCopy
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Writes, loads and deletes the copy.</summary>
    /// <param name="image">The library.</param>
    /// <param name="fileName">File name of the copy.</param>
    /// <param name="parentFolders">Folders to make the private folder in; the first that exists and works is used.</param>
    /// <returns>Handle of the library, loaded for the life of the process.</returns>
    /// <exception cref="DllNotFoundException">No folder could be written to and loaded from.</exception>
    public static nint Load(byte[] image, string fileName, IEnumerable<string> parentFolders)
    {
        Exception? failure = null;
        foreach (string parent in parentFolders.Where(Directory.Exists))
        {
            string folder = Path.Combine(parent, $"ml-hydra-{Guid.NewGuid():N}");
            try
            {
                Directory.CreateDirectory(folder, OwnerOnly);
                string path = Path.Combine(folder, fileName);
                File.WriteAllBytes(path, image);
                return NativeLibrary.Load(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or DllNotFoundException)
            {
                // A temporary folder may be read-only or mounted noexec: try the next one.
                failure = e;
            }
            finally
            {
                TryDelete(folder);
            }
        }

        throw new DllNotFoundException(failure?.Message ?? $"There is no folder to load {fileName} from.", failure);
    }

    private static void TryDelete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It was never made, or it remains: the library works in both cases.
        }
    }
}
