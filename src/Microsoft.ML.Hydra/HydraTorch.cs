using Microsoft.ML.Hydra.Interop;

namespace Microsoft.ML.Hydra;

/// <summary>Makes TorchSharp usable on systems where it does not load by itself.</summary>
/// <remarks>
/// <para>
/// TorchSharp 0.107.0 does not load on Linux systems with the libstdc++ of GCC 12, such as Debian 12 and Ubuntu 22.04. An application that uses TorchSharp
/// itself, with or without a Hydra model, calls <see cref="EnsureLoaded"/> before it calls anything of TorchSharp: the first call of TorchSharp that fails
/// makes TorchSharp unusable until the process ends.
/// </para>
/// <para>
/// <see cref="HydraSequenceRecommendationTrainer.Fit(IDataView)"/> does the same by itself, and scoring with a fitted model does not need TorchSharp. It
/// works in a plugin with an <see cref="System.Runtime.Loader.AssemblyLoadContext"/> of its own too; each copy of TorchSharp.dll is loaded on its own.
/// </para>
/// </remarks>
public static class HydraTorch
{
    /// <summary>
    /// Loads the native backend of TorchSharp; further calls, from any thread, do nothing. Where the ordinary search fails, a changed copy of one library is
    /// loaded from a private folder in the temporary folder of the system, and deleted at once, or from memory where no folder can be written to.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// The backend is missing or does not load: the application references no backend package, such as TorchSharp-cpu, or one of another version than
    /// TorchSharp, or the system cannot run it. The message names what to do.
    /// </exception>
    public static void EnsureLoaded() => NativeTorch.EnsureLoaded();
}
