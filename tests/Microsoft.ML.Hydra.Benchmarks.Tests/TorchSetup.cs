using System.Runtime.CompilerServices;
using Microsoft.ML.Hydra.Interop;

namespace Microsoft.ML.Hydra.Benchmarks.Tests;

internal static class TorchSetup
{
    /// <summary>Loads torch before any test can touch it.</summary>
    [ModuleInitializer]
    internal static void Load() => NativeTorch.EnsureLoaded();
}
