using System.Text.Json.Serialization;

namespace Microsoft.ML.Hydra.Robustness.Cases;

/// <summary>Counts of verdicts, and an example of each kind of failure. Serialised between processes.</summary>
internal sealed class Tally
{
    public long Cases { get; set; }

    public long Worked { get; set; }

    public long CleanErrors { get; set; }

    public long Overflows { get; set; }

    public long Crashes { get; set; }

    public long Hangs { get; set; }

    public long TooMuchMemory { get; set; }

    /// <summary>Largest resident set of a process, in bytes.</summary>
    public long PeakMemory { get; set; }

    public double Seconds { get; set; }

    /// <summary>Failures by what they have in common.</summary>
    public SortedDictionary<string, FailureExample> Failures { get; set; } = new(StringComparer.Ordinal);

    [JsonIgnore]
    public long NumberOfFailures => Crashes + Hangs + TooMuchMemory;

    /// <summary>Counts a case.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="signature">What failures of this kind have in common; not read for others.</param>
    public void Add(long number, Outcome outcome, string signature)
    {
        Cases++;
        switch (outcome.Verdict)
        {
            case Verdict.Works: Worked++; break;
            case Verdict.CleanError: CleanErrors++; break;
            case Verdict.Overflow: Overflows++; break;
            case Verdict.Crash: Crashes++; break;
            case Verdict.Hang: Hangs++; break;
            case Verdict.TooMuchMemory: TooMuchMemory++; break;
        }

        if (outcome.IsFailure)
        {
            Merge(signature, new FailureExample(number, 1, outcome.Description));
        }
    }

    /// <summary>Adds other cases of the same kind.</summary>
    public void Add(Tally other)
    {
        Cases += other.Cases;
        Worked += other.Worked;
        CleanErrors += other.CleanErrors;
        Overflows += other.Overflows;
        Crashes += other.Crashes;
        Hangs += other.Hangs;
        TooMuchMemory += other.TooMuchMemory;
        PeakMemory = Math.Max(PeakMemory, other.PeakMemory);
        Seconds += other.Seconds;
        foreach ((string signature, FailureExample example) in other.Failures)
        {
            Merge(signature, example);
        }
    }

    /// <summary>The failures, one a line, for a person.</summary>
    public string DescribeFailures() => string.Join(
        '\n', Failures.Select(failure => $"{failure.Value.Count} × {failure.Key}\n    case {failure.Value.Case}: {failure.Value.Description}"));

    private void Merge(string signature, FailureExample example) =>
        Failures[signature] = Failures.TryGetValue(signature, out FailureExample? known) ? known with { Count = known.Count + example.Count } : example;
}

/// <summary>The first failure of a kind.</summary>
/// <param name="Case">Number of its case.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Description">What was done and what happened.</param>
internal sealed record FailureExample(long Case, long Count, string Description);
