using TorchSharp;

namespace Microsoft.ML.Hydra.Interop;

/// <summary>The one sentence a user reads when the native backend of TorchSharp cannot be used.</summary>
internal static class NativeTorchFailure
{
    private static readonly string Version = typeof(torch).Assembly.GetName().Version?.ToString(3) ?? "";

    /// <summary>A native library is in none of the folders.</summary>
    /// <param name="library">Name of the library, such as <c>torch_cpu</c>.</param>
    /// <param name="runtimeIdentifier">The system, such as <c>linux-x64</c>.</param>
    public static string NotFound(string library, string runtimeIdentifier) =>
        runtimeIdentifier is "linux-x64" or "win-x64" or "osx-arm64"
            ? $"The native library '{library}' of TorchSharp was not found: add a PackageReference to TorchSharp-cpu {Version} " +
              $"(with an NVIDIA GPU: TorchSharp-cuda-linux or TorchSharp-cuda-windows {Version}) to the application's project."
            : $"The native library '{library}' of TorchSharp was not found, and TorchSharp-cpu {Version} has none for " +
              $"'{runtimeIdentifier}': run the application on linux-x64 (glibc), win-x64 or osx-arm64.";

    /// <summary>A native library is there but the system refuses it.</summary>
    /// <param name="path">The library.</param>
    /// <param name="error">What the system said.</param>
    public static string NotLoadable(string path, Exception error) =>
        $"The native library '{path}' of TorchSharp could not be loaded ({Reason(error)}): {Cure}.";

    /// <summary>The libraries are loaded but TorchSharp does not start on them.</summary>
    /// <param name="error">What TorchSharp said.</param>
    public static string NotUsable(Exception error) =>
        $"TorchSharp could not be initialised ({Reason(error)}): {Cure}, and call no TorchSharp method before the first use of this library.";

    private static string Cure
    {
        get
        {
            string packages = $"reference TorchSharp-cpu or a TorchSharp-cuda package in exactly version {Version}";
            return OperatingSystem.IsWindows() ? $"install the latest Microsoft Visual C++ Redistributable and {packages}" :
                OperatingSystem.IsLinux() ? $"use a system with glibc 2.34 and the libstdc++ of GCC 12 or newer, and {packages}" :
                packages;
        }
    }

    // The loader of a library puts advice first and what the system said last; TorchSharp appends a trace to its message.
    private static string Reason(Exception error)
    {
        Exception cause = error.GetBaseException();
        string[] lines = cause.Message.Split(
            ['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string? line = cause is DllNotFoundException ? lines.LastOrDefault() : lines.FirstOrDefault();
        return line?.TrimEnd('.') ?? cause.GetType().Name;
    }
}
