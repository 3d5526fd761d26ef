using Microsoft.ML.Hydra.Robustness.Cases;
using Xunit;

namespace Microsoft.ML.Hydra.Robustness;

/// <summary>The harness sees failures.</summary>
public sealed class CaseRunTests
{
    [Fact]
    public void Failures_are_counted_by_what_they_have_in_common()
    {
        Tally tally = new CaseRun(new Fake(number => number switch
        {
            0 => Verdict.Works,
            1 => Refusal.Check(new InvalidDataException("One sentence.")),
            2 => Refusal.Check(new InvalidDataException("Two\nlines.")),
            3 => Refusal.Check(new InvalidDataException(string.Empty)),
            4 => throw new WrongResultException("A wrong result: 4"),
            5 => throw new WrongResultException("A wrong result: 5"),
            6 => new byte[CaseRun.MemoryLimit + 1].Length > 0 ? Verdict.CleanError : Verdict.Works,
            _ => throw new OutOfMemoryException(),
        })).Run(0, 8);

        Assert.Equal((8, 1, 1, 4, 2), (tally.Cases, tally.Worked, tally.CleanErrors, tally.Crashes, tally.TooMuchMemory));
        Assert.Equal(new FailureExample(4, 2, tally.Failures["A wrong result"].Description), tally.Failures["A wrong result"]);
        Assert.StartsWith("what was done to 4; found", tally.Failures["A wrong result"].Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Counts_of_batches_add_up_and_a_report_says_whether_anything_failed()
    {
        (Tally one, Tally other) = (new Tally { PeakMemory = 7 }, new Tally { PeakMemory = 3 });
        one.Add(1, new Outcome(Verdict.Crash, "first"), "kind");
        other.Add(2, new Outcome(Verdict.Crash, "second"), "kind");
        other.Add(3, new Outcome(Verdict.Hang, "third"), "other kind");
        one.Add(other);
        using var output = new StringWriter();
        var report = new Report(output);

        report.Add("nothing", new Tally());
        Assert.True(report.Finish());
        report.Add("something", one);

        Assert.False(report.Finish());
        Assert.Equal((3, 2, 1, 7), (one.Cases, one.Crashes, one.Hangs, one.PeakMemory));
        Assert.Contains("2 × kind", output.ToString(), StringComparison.Ordinal);
    }

    private sealed class Fake(Func<long, Verdict> run) : ICaseKind
    {
        public string Name => "fake";

        public Verdict Try(long number, Action<string> describe)
        {
            describe($"what was done to {number}");
            return run(number);
        }
    }
}
