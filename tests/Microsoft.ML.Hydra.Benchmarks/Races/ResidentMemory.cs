using System.Diagnostics;
using System.Globalization;

namespace Microsoft.ML.Hydra.Benchmarks.Races;

/// <summary>Physical memory of this process, in MB of 2^20 bytes: VmRSS and VmHWM on Linux, the working set elsewhere.</summary>
internal static class ResidentMemory
{
    private const double Megabyte = 1 << 20;

    /// <summary>In use now.</summary>
    public static double NowMB()
    {
        if (OperatingSystem.IsLinux())
        {
            return StatusMB("VmRSS:");
        }

        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64 / Megabyte;
    }

    /// <summary>The most in use so far, or since <see cref="ResetPeak"/>.</summary>
    public static double PeakMB()
    {
        if (OperatingSystem.IsLinux())
        {
            return StatusMB("VmHWM:");
        }

        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / Megabyte;
    }

    /// <summary>Forgets what was in use before, where the system can (Linux).</summary>
    public static void ResetPeak()
    {
        if (OperatingSystem.IsLinux())
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
    }

    private static double StatusMB(string field)
    {
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(field.Length).TrimEnd("kB "), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture) / 1024.0;
    }
}
