using System.Runtime.InteropServices;

namespace Microsoft.ML.Hydra.Interop;

/// <summary>
/// Loads the native library of TorchSharp where the search of the runtime does not: from folders apart from libtorch's, and on
/// Linux systems whose libstdc++ is that of GCC 12.
/// </summary>
/// <param name="folders">Where native libraries may lie, in order.</param>
internal sealed class NativeTorchLoader(IReadOnlyList<string> folders)
{
    /// <summary>The library that TorchSharp calls.</summary>
    public const string LibraryName = "LibTorchSharp";

    // GCC 13 moved the initialisation of streams into libstdc++ and ties programs to that with this version; the symbol behind
    // it is never called, so a libstdc++ without it will do.
    private const string MarkerVersion = "GLIBCXX_3.4.32";

    private readonly Lock _lock = new();
    private nint _handle;

    /// <summary>Why the last <see cref="TryLoad"/> failed, as a sentence for the user.</summary>
    public string? Failure { get; private set; }

    /// <summary>Loads libtorch and then <see cref="LibraryName"/>; what succeeded once is not done again.</summary>
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
        // Dependencies go first: later libraries find them by name wherever they were loaded from.
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
