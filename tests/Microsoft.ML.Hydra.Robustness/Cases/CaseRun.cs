using System.Diagnostics;

namespace Microsoft.ML.Hydra.Robustness.Cases;

/// <summary>Tries successive cases of a kind in this process.</summary>
internal sealed class CaseRun(ICaseKind kind)
{
    /// <summary>Most bytes that a case may allocate. The contents have some kilobytes.</summary>
    public const long MemoryLimit = 16 << 20;

    private const int LinesOfTrace = 6;

    private long _current = -1;
    private long _startedAt;
    private string _description = string.Empty;

    /// <summary>The case in progress and its time so far; a case number of −1 for none.</summary>
    public (long Case, TimeSpan Elapsed, string Description) Current =>
        (Volatile.Read(ref _current), Stopwatch.GetElapsedTime(Volatile.Read(ref _startedAt)), _description);

    /// <summary>Tries cases.</summary>
    /// <param name="first">Number of the first.</param>
    /// <param name="count">How many.</param>
    /// <param name="starting">Called before each with its number.</param>
    public Tally Run(long first, long count, Action<long>? starting = null)
    {
        var tally = new Tally();
        long began = Stopwatch.GetTimestamp();
        for (long number = first; number < first + count; number++)
        {
            starting?.Invoke(number);
            Outcome outcome = Try(number, out string signature);
            tally.Add(number, outcome, signature);
        }

        tally.Seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        tally.PeakMemory = ResidentSet.Peak();
        return tally;
    }

    /// <summary>Tries one case.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="signature">What failures of this kind have in common.</param>
    public Outcome Try(long number, out string signature)
    {
        _description = string.Empty;
        Volatile.Write(ref _startedAt, Stopwatch.GetTimestamp());
        Volatile.Write(ref _current, number);
        signature = string.Empty;
        long before = GC.GetAllocatedBytesForCurrentThread();
        Verdict verdict;
        string found = string.Empty;
        try
        {
            verdict = kind.Try(number, description => _description = description);
        }
        catch (Exception error)
        {
            verdict = error is OutOfMemoryException ? Verdict.TooMuchMemory : Verdict.Crash;
            signature = Signature(error);
            found = $"; found {string.Join(" ", error.ToString().Split('\n').Take(LinesOfTrace).Select(line => line.Trim()))}";
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > MemoryLimit && verdict != Verdict.Crash)
        {
            (verdict, signature, found) = (Verdict.TooMuchMemory, $"more than {MemoryLimit >> 20} MiB after {verdict}", $"; {allocated} bytes were allocated");
        }

        Volatile.Write(ref _current, -1);
        return new Outcome(verdict, _description + found);
    }

    // Type and place: the message holds numbers of the case.
    private static string Signature(Exception error)
    {
        if (error is WrongResultException)
        {
            return new string([.. error.Message.TakeWhile(c => !char.IsDigit(c) && c != ':')]);
        }

        Exception inner = error.GetBaseException();
        string? place = new StackTrace(inner).GetFrames()
            .Select(frame => frame.GetMethod())
            .Where(method => method?.DeclaringType?.Namespace?.StartsWith("Microsoft.ML", StringComparison.Ordinal) == true)
            .Select(method => $"{method!.DeclaringType!.Name}.{method.Name}")
            .FirstOrDefault();
        return $"{inner.GetType().Name} at {place ?? "an unknown place"}";
    }
}

/// <summary>The memory of this process that lies in the machine's memory.</summary>
internal static class ResidentSet
{
    /// <summary>Now, in bytes.</summary>
    public static long Now() => Read("VmRSS:") ?? Process.GetCurrentProcess().WorkingSet64;

    /// <summary>The largest so far, in bytes.</summary>
    public static long Peak() => Read("VmHWM:") ?? Process.GetCurrentProcess().PeakWorkingSet64;

    private static long? Read(string field)
    {
        const string Status = "/proc/self/status";
        return File.Exists(Status) && File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal)) is string line
            ? 1024 * long.Parse(line[field.Length..].Replace("kB", null, StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture)
            : null;
    }
}
