using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Microsoft.ML.Hydra.Interop;

/// <summary>
/// Loads a native library from bytes, through a file in a new folder that only this user can enter and that is deleted as soon as the library
/// is loaded. Processes share no file, so none can replace that of another. Where no folder can be written to, Linux loads it from memory.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal static partial class PrivateLibraryCopy
{
    private const uint CloseOnExecute = 1;   // MFD_CLOEXEC
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Writes, loads and deletes the copy.</summary>
    /// <param name="image">The library.</param>
    /// <param name="fileName">File name of the copy.</param>
    /// <param name="parentFolders">Folders to make the private folder in, in order; the first that works is used.</param>
    /// <returns>Handle of the library, loaded for the life of the process.</returns>
    /// <exception cref="DllNotFoundException">No folder could be written to and loaded from; the message names each with what went wrong there.</exception>
    public static nint Load(byte[] image, string fileName, IEnumerable<string> parentFolders)
    {
        var failures = new List<string>();
        foreach (string parent in parentFolders.Where(folder => folder.Length > 0).Distinct())
        {
            if (TryLoad(image, fileName, parent, out string failure) is nint handle and not 0)
            {
                return handle;
            }

            failures.Add($"'{parent}' ({failure})");
        }

        return OperatingSystem.IsLinux() && LoadFromMemory(image, fileName) is nint inMemory and not 0
            ? inMemory
            : throw new DllNotFoundException(string.Join(", ", failures));
    }

    private static nint TryLoad(byte[] image, string fileName, string parent, out string failure)
    {
        failure = "there is no such folder";
        if (!Directory.Exists(parent))
        {
            return 0;
        }

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
            // A temporary folder may be read-only, full, or mounted with noexec: the next one is tried.
            failure = NativeTorchFailure.Reason(e);
            return 0;
        }
        finally
        {
            TryDelete(folder);
        }
    }

    private static nint LoadFromMemory(byte[] image, string fileName)
    {
        try
        {
            using var file = new SafeFileHandle(CreateMemoryFile(fileName, CloseOnExecute), ownsHandle: true);
            if (file.IsInvalid)
            {
                return 0;
            }

            RandomAccess.Write(file, image, 0);
            if (!NativeLibrary.TryLoad($"/proc/self/fd/{file.DangerousGetHandle()}", out nint handle))
            {
                return 0;
            }

            // Never closed: another file would receive the number, and glibc would take the library for that file.
            file.SetHandleAsInvalid();
            return handle;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or EntryPointNotFoundException or DllNotFoundException)
        {
            return 0;
        }
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

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int CreateMemoryFile(string name, uint flags);
}

/// <summary>
/// The name under which glibc keeps a loaded library. A changed copy takes the name of the library that it stands for: whoever then loads that
/// file, such as the load context of a plugin, receives the copy.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal static unsafe partial class LoadedLibraryName
{
    private const int LinkMap = 2;   // RTLD_DI_LINKMAP

    /// <summary>Gives a library, loaded for the life of the process, another name; does nothing where the system is not glibc.</summary>
    /// <param name="handle">The library.</param>
    /// <param name="path">Its new name, the full path of a file.</param>
    public static void Set(nint handle, string path)
    {
        try
        {
            // struct link_map { l_addr; char* l_name; ... }, part of the public interface of glibc (link.h).
            nint* map = null;
            if (OperatingSystem.IsLinux() && GetInformation(handle, LinkMap, &map) == 0 && map != null)
            {
                map[1] = Marshal.StringToCoTaskMemUTF8(path);
            }
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library: the copy keeps its own name.
        }
    }

    [LibraryImport("libc", EntryPoint = "dlinfo")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetInformation(nint handle, int request, nint** result);
}
