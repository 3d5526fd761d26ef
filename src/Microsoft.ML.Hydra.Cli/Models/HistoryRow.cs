namespace Microsoft.ML.Hydra.Cli.Models;

/// <summary>One history given on the command line.</summary>
internal sealed class HistoryRow
{
    /// <summary>Ids, oldest first.</summary>
    public string[] Items { get; set; } = [];

    /// <summary>A time for each, all missing: for models that read a clock.</summary>
    public double[] Timestamps => [.. Items.Select(_ => double.NaN)];
}
