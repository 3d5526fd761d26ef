using System.Globalization;
using Microsoft.ML.Hydra;

namespace GettingStarted;

/// <summary>Prints one line an epoch.</summary>
internal sealed class EpochPrinter : IProgress<EpochMetrics>
{
    public void Report(EpochMetrics value) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"  epoch {value.Epoch,2} of {value.NumberOfEpochs}   loss {value.Loss:F3}   validation NDCG@10 {value.ValidationNdcgAt10:F4} {(value.IsBest ? '*' : ' ')}   {value.SequencesPerSecond:N0} sequences/s   {value.Elapsed:mm':'ss}"));
}
