using System.Globalization;

namespace Microsoft.ML.Hydra.SecondProcess;

/// <summary>Prints a line an epoch, and waits in the middle of trial 6 to be killed. Apart from <see cref="Tuning"/>, whose mere mention must not load the library.</summary>
internal sealed class TrialPrinter : IProgress<HydraTrial>, IProgress<EpochMetrics>
{
    private int _trial;

    public void Report(HydraTrial value) => _trial = value.Number;

    public void Report(EpochMetrics value)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"trial {_trial}, epoch {value.Epoch} of {value.NumberOfEpochs}"));
        if (_trial == 6)
        {
            Thread.Sleep(TimeSpan.FromMinutes(2));
        }
    }
}
