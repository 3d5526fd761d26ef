using Microsoft.ML.Runtime;

namespace Microsoft.ML.Hydra.Interop;

/// <summary>
/// The settings of an environment (the <see cref="MLContext"/>). A host copies them when it is made and does not see later
/// changes: read them from the environment itself when they are needed.
/// </summary>
/// <param name="Seed">Seed of the <see cref="MLContext"/>, or <see langword="null"/>.</param>
/// <param name="GpuDeviceId">Index of the GPU to run on, or <see langword="null"/> for the CPU.</param>
/// <param name="FallbackToCpu">Whether to run on the CPU when the GPU cannot be used.</param>
internal sealed record HostFacts(int? Seed, int? GpuDeviceId, bool FallbackToCpu)
{
    /// <summary>The folder in which ML.NET makes its temporary files: <see cref="MLContext.TempFilePath"/>, by default that of the system.</summary>
    public static string TempFilePath(IHostEnvironment environment) => environment is IHostEnvironmentInternal { TempFilePath: { Length: > 0 } folder }
        ? folder
        : Path.GetTempPath();

    /// <summary>The current settings. An environment that is not ML.NET's own has no seed and runs on the CPU.</summary>
    /// <param name="environment">The <see cref="MLContext"/>, or a host.</param>
    public static HostFacts Of(IHostEnvironment environment) => environment is IHostEnvironmentInternal known
        ? new HostFacts(known.Seed, known.GpuDeviceId, known.FallbackToCpu)
        : new HostFacts(null, null, true);

    /// <summary>
    /// Whether the <see cref="MLContext"/> that a host was registered from was cancelled, before or since; it stays so. ML.NET
    /// cancels only hosts that are still referenced: a component keeps its host.
    /// </summary>
    /// <param name="host">The component's own host.</param>
    public static bool IsCanceled(IHost host) => host is ICancelable { IsCanceled: true };
}
