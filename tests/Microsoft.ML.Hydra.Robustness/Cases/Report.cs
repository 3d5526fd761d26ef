using System.Globalization;

namespace Microsoft.ML.Hydra.Robustness.Cases;

/// <summary>The table of a long run.</summary>
internal sealed class Report(TextWriter output)
{
    private readonly List<(string Name, Tally Tally)> _rows = [];

    /// <summary>Adds a row.</summary>
    public void Add(string name, Tally tally) => _rows.Add((name, tally));

    /// <summary>Prints the table and the failures; false when there are any.</summary>
    public bool Finish()
    {
        output.WriteLine();
        output.WriteLine("| What | Cases | Worked | Clean errors | Overflows | Crashes | Hangs | Too much memory | Peak memory, MB | Seconds |");
        output.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach ((string name, Tally t) in _rows)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {t.Cases:N0} | {t.Worked:N0} | {t.CleanErrors:N0} | {t.Overflows:N0} | {t.Crashes:N0} | {t.Hangs:N0} | {t.TooMuchMemory:N0} | {t.PeakMemory / 1e6:F0} | {t.Seconds:F0} |"));
        }

        foreach ((string name, Tally tally) in _rows.Where(row => row.Tally.NumberOfFailures > 0))
        {
            output.WriteLine();
            output.WriteLine($"{name}:");
            output.WriteLine(tally.DescribeFailures());
        }

        return _rows.All(row => row.Tally.NumberOfFailures == 0);
    }
}
