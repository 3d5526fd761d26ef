using System.Globalization;

namespace Microsoft.ML.Hydra.Cli.Reporting;

/// <summary>One epoch on one line.</summary>
internal static class EpochLine
{
    public static string Format(EpochMetrics epoch)
    {
        string validation = double.IsNaN(epoch.ValidationNdcgAt10)
            ? string.Empty
            : string.Create(CultureInfo.InvariantCulture, $"  val NDCG@10 {epoch.ValidationNdcgAt10:F4}{(epoch.IsBest ? "*" : " ")}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {epoch.Epoch,3}/{epoch.NumberOfEpochs}  loss {epoch.Loss:F4}{validation}  {epoch.SequencesPerSecond,8:N0} seq/s  {Durations.Format(epoch.Remaining)} left");
    }
}
