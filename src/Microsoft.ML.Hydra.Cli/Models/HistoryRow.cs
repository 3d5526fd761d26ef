namespace Microsoft.ML.Hydra.Cli.Models;

/// <summary>One history given on the command line.</summary>
internal sealed class HistoryRow
{
    /// <summary>Ids, oldest first.</summary>
    public string[] Items { get; set; } = [];
}
