using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Microsoft.ML.Hydra.Interop;

/// <summary>
/// Loads a native library from bytes: through a file in a fresh folder that only this user can enter, gone again as soon as
/// it is loaded. Nothing is shared between processes, so nothing can be raced or planted.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal static class PrivateLibraryCopy
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Writes, loads and deletes the copy.</summary>
    /// <param name="image">The library.</param>
    /// <param name="fileName">File name of the copy.</param>
    /// <param name="parentFolders">Folders to make the private folder in, the first that exists and works is taken.</param>
    /// <returns>Handle of the library, loaded for the life of the process.</returns>
    /// <exception cref="DllNotFoundException">None of the folders could be written to and loaded from.</exception>
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
                // A temporary folder may be read-only or mounted noexec: the next one is tried.
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
            // Never made, or an orphan in a temporary folder: neither keeps the library from working.
        }
    }
}
