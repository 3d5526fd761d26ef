using TorchSharp;

namespace Microsoft.ML.Hydra.SecondProcess;

/// <summary>Uses TorchSharp as an application of its own: nothing of it is called before the library loads it.</summary>
internal static class TorchUse
{
    public static int Run()
    {
        HydraTorch.EnsureLoaded();
        HydraTorch.EnsureLoaded();
        return Compute();
    }

    /// <summary>Where the changed copy of the native library lay when it was loaded; empty when none was needed.</summary>
    public static string ChangedLibrary() => !OperatingSystem.IsLinux()
        ? ""
        : File.ReadLines("/proc/self/maps").Where(line => line.Contains("libLibTorchSharp.so (deleted)", StringComparison.Ordinal))
            .Select(line => line[line.IndexOf('/', StringComparison.Ordinal)..^" (deleted)".Length]).FirstOrDefault("");

    private static int Compute()
    {
        using torch.Tensor sum = torch.arange(1, 101, torch.float32).sum();
        Console.WriteLine($"sum: {sum.item<float>()}");
        return 0;
    }
}
