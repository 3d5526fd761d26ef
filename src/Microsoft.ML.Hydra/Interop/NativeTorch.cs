using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TorchSharp;

namespace Microsoft.ML.Hydra.Interop;

/// <summary>Makes TorchSharp usable: to be called before any other use of it.</summary>
internal static class NativeTorch
{
    private static readonly Lock EnsureLock = new();
    private static readonly NativeTorchLoader Loader = new(NativeTorchFolders.All());
    private static bool s_isResolving;
    private static volatile bool s_isLoaded;

    /// <summary>
    /// Loads the native backend once, on any thread. The search of the runtime goes first; only where it fails does
    /// <see cref="NativeTorchLoader"/> step in.
    /// </summary>
    /// <exception cref="InvalidOperationException">It is missing or broken; the message names the package and the cure.</exception>
    public static void EnsureLoaded()
    {
        if (s_isLoaded)
        {
            return;
        }

        lock (EnsureLock)
        {
            if (!s_isLoaded)
            {
                Load();
                s_isLoaded = true;
            }
        }
    }

    private static void Load()
    {
        // typeof does not run the static constructor of torch, which loads the library and, on failure, prints and copies.
        Assembly assembly = typeof(torch).Assembly;
        if (!s_isResolving)
        {
            (AssemblyLoadContext.GetLoadContext(assembly) ?? AssemblyLoadContext.Default).ResolvingUnmanagedDll += Resolve;
            s_isResolving = true;
        }

        if (!NativeLibrary.TryLoad(NativeTorchLoader.LibraryName, assembly, null, out _))
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

    private static nint Resolve(Assembly assembly, string libraryName) =>
        libraryName == NativeTorchLoader.LibraryName && Loader.TryLoad(out nint handle) ? handle : 0;
}
